//! What every block carries: where it comes from, the paper's sentence, and what was assumed.

use crate::dictionary::DictionaryRef;

/// The common part of all blocks (format 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The sections and sources named by `ref`, in order; empty only where a block takes its parent's.
    pub refs: Vec<String>,
    /// The `ref` as written, with its "against".
    pub ref_text: String,
    /// The paper's sentence.
    pub text: Option<String>,
    /// A name for people.
    pub label: Option<String>,
    /// What the source does not say.
    pub assumed: Assumed,
    /// The file or the house policy that the block stands in.
    pub origin: Origin,
}

/// What of a block the source does not say, and a person must confirm (format 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumed {
    /// Nothing.
    Nothing,
    /// The whole block.
    Block,
    /// These keys, dotted where they lie deeper.
    Keys(Vec<String>),
}

/// Where a block stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the trial file.
    Trial,
    /// In a dictionary, as house policy that the trial file did not replace.
    House(DictionaryRef),
}
