//! Tests of evaluation, a file a subject; each sentence of the semantics has one named after it.
