//! System tests of Holdpoint: the scenarios stand in `tests/`.
