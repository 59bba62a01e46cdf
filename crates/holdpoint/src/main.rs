//! holdpoint

fn main() {}
