"""From a `Report` to what people and programs read: one view, one renderer per format. Pure."""
