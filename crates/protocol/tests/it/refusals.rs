//! What is wrong is refused, where it stands and for its reason.
