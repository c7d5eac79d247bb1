"""A small made-up world in which every page has something to show. Its texts are in projects/demo."""

# Addresses of the project and of the study that is made last: where that is, everything is.
PROJECT = "demonstration"
LAST_STUDY = "third-round"
