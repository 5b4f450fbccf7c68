"""What more than one test file uses: small real servers, values made by hand, processes that can be killed."""
