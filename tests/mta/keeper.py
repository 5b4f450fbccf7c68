"""Process 1 of the laboratory: builds the hosts inside its own namespaces, then waits to be killed.

Started by `lab.start` in fresh PID, mount, network, UTS and IPC namespaces. Every server is its descendant there, every
mount, bridge and address exists only there, and all files lie on a tmpfs over /mnt: when this process is killed the
kernel takes all of it away. It prints one line a host that is up, then READY; on failure the reason, and ends.
"""

# ruff: noqa: T201 — what it prints is read by `lab.start`

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.mta import accounts, certificates, hosts, layers, places
from tests.mta.host import Host, Setup

SCRATCH = Path("/mnt")  # exists on every Debian; covered by our tmpfs inside our mount namespace only
BRIDGE = "lab"
STARTING_AT_ONCE = 6  # on two cores the servers wait for each other more than for a processor
START_TIMEOUT_S = 90.0
TIED = "tied"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

# Runs in the host's own mount, network and UTS namespaces; ends as the process that holds them.
BOOT = """set -e
mount -t overlay overlay -o lowerdir={lower},upperdir={home}/upper,workdir={home}/work {home}/root
mount -t proc proc {home}/root/proc
mount -t sysfs sysfs {home}/root/sys
for at in dev run tmp; do mount -t tmpfs -o mode=1777 tmpfs {home}/root/$at; done
for device in {devices}; do touch {home}/root/dev/$device; mount --bind /dev/$device {home}/root/dev/$device; done
ln -s /proc/self/fd {home}/root/dev/fd
mkdir -m 1777 {home}/root/dev/shm
chmod 755 {home}/root/dev {home}/root/run
hostname {hostname}
cd {home}/root
pivot_root . .
umount -l .
cd /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
if sh -e /etc/lab/start </dev/null >/var/log/start.log 2>&1; then ended=done; else ended=failed; fi
touch /var/log/start.$ended
exec sleep infinity
"""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to whoever runs the tests
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        build()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"FAILED {error}", flush=True)
        sys.exit(1)
    print("READY", flush=True)
    if TIED in sys.argv:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    reap_for_ever()


def wanted() -> list[Host]:
    """Return the hosts to build: those named on the command line, else all."""
    names = set(sys.argv[1:]) - {TIED}
    return [host for host in hosts.HOSTS if host.name in names or not names]


def build() -> None:
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", SCRATCH], check=True)
    certificates.write(SCRATCH, [host.name for host in hosts.HOSTS])
    bring_layers()
    wire()
    boot_auditor()
    with ThreadPoolExecutor(STARTING_AT_ONCE) as pool:
        for line in pool.map(boot, wanted()):
            print(line, flush=True)


def bring_layers() -> None:
    """Copy the layers: overlayfs refuses one that lies below another, and all lie below /."""
    (SCRATCH / "layers").mkdir()
    for name in sorted({name for host in wanted() for name in host.service(host).layers}):
        subprocess.run(["cp", "-a", layers.layer(name), SCRATCH / "layers" / name], check=True)


def wire() -> None:
    """One bridge, one cable to each host; addresses of both ranges are on-link, and there is no way out."""
    (Path("/run/netns")).mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/netns"], check=True)
    _ip([f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up", "link set lo up"])
    machines = [hosts.AUDITOR, *wanted()]
    _ip([f"netns add {host.name}" for host in machines])
    _ip(
        f"link add port{number} master {BRIDGE} up type veth peer name eth0 netns {host.name}"
        for number, host in enumerate(machines)
    )


def boot(host: Host) -> str:
    """Start one host and return the line that says so. Raises RuntimeError if it does not come up."""
    began = time.monotonic()
    setup = host.service(host)
    home = SCRATCH / host.name
    for part in ("upper", "work", "root"):
        (home / part).mkdir(parents=True)
    _furnish(home / "upper", host, setup)
    lower = ":".join([str(SCRATCH / "layers" / name) for name in setup.layers] + ["/"])
    script = BOOT.format(home=home, lower=lower, hostname=host.hostname, devices=" ".join(DEVICES))
    holder = _enter_network(host, ["unshare", "--mount", "--uts", "sh", "-c", script])
    (SCRATCH / "pids" / host.name).write_text(str(holder.pid))
    _await_start(host, setup, holder)
    return f"{host.name} {host.address} {time.monotonic() - began:.1f}s"


def boot_auditor() -> None:
    """The machine that runs bsaudit: the root as it is, with the laboratory's resolver and network."""
    (SCRATCH / "pids").mkdir()
    resolv = SCRATCH / "resolv.conf"
    resolv.write_text(f"nameserver {places.RESOLVER}\n")
    known_as = SCRATCH / "hosts"
    known_as.write_text(accounts.hosts_file(hosts.AUDITOR))
    script = f"mount --bind {resolv} /etc/resolv.conf && mount --bind {known_as} /etc/hosts && "
    script += f"hostname {hosts.AUDITOR.name} && exec sleep infinity"
    holder = _enter_network(hosts.AUDITOR, ["unshare", "--mount", "--uts", "sh", "-c", script])
    (SCRATCH / "pids" / hosts.AUDITOR.name).write_text(str(holder.pid))


def _enter_network(host: Host, command: list[str]) -> subprocess.Popen[bytes]:
    lines = ["link set lo up", "link set eth0 up", f"addr add {host.address}/24 dev eth0"]
    lines += [
        f"route add {network} dev eth0" for network in places.NETWORKS if not host.address.startswith(network[:9])
    ]
    _ip(lines, "-n", host.name)
    return subprocess.Popen(["nsenter", f"--net=/run/netns/{host.name}", *command], stdin=subprocess.DEVNULL)


def _furnish(root: Path, host: Host, setup: Setup) -> None:
    files = accounts.files(host, setup) | certificates.files(SCRATCH)
    files["/etc/resolv.conf"] = f"nameserver {places.RESOLVER}\n"
    files["/etc/lab/start"] = accounts.homes(setup) + setup.script + "\n"
    for name, text in (files | dict(setup.files)).items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)


def _await_start(host: Host, setup: Setup, holder: subprocess.Popen[bytes]) -> None:
    """Wait until the start script has ended and every port answers: a port may answer before the last daemon is up."""
    log = SCRATCH / host.name / "upper/var/log"
    awaited = [(log / "start.done").exists, *(partial(_answers, host, port) for port in setup.ports)]
    deadline = time.monotonic() + START_TIMEOUT_S
    for there in awaited:
        while not there():
            if time.monotonic() > deadline or (log / "start.failed").exists() or holder.poll() is not None:
                said = (log / "start.log").read_text(errors="replace")[-1500:] if (log / "start.log").exists() else ""
                raise RuntimeError(f"{host.name} did not start, or a port of {setup.ports} does not answer. {said}")
            time.sleep(0.1)


def _answers(host: Host, port: int) -> bool:
    probe = ["nsenter", f"--net=/run/netns/{host.name}", "bash", "-c", f"exec 3<>/dev/tcp/{host.address}/{port}"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _ip(lines: object, *options: str) -> None:
    batch = "".join(f"{line}\n" for line in lines)  # type: ignore[attr-defined]
    done = subprocess.run(["ip", *options, "-batch", "-"], input=batch, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip: {done.stderr.strip()} in {shlex.quote(batch)}")


def end_with_stdin() -> None:
    """End when whoever started us is gone: with process 1 everything goes."""
    sys.stdin.read()
    os._exit(0)


def reap_for_ever() -> None:
    """Process 1 inherits every orphan; a server that leaves zombies would run out of processes."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(1)


if __name__ == "__main__":
    main()
