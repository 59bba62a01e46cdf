//! The trial files of the repository, for tests of what dosing makes of them.

use holdpoint_protocol::Protocol;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// Every trial and its file.
        pub const TRIALS: &[(&str, &str)] = &[$((
            $name,
            include_str!(concat!("../../../../deploy/protocols/", $name, ".toml")),
        )),+];
    };
}

files!(
    "pgf-msc",
    "nct01254539",
    "nct01348451",
    "nct01494480",
    "nct01609283",
    "nct01640067",
    "nct01730716",
    "nct01933321",
    "nct02881489",
    "nct02987413",
);

const DICTIONARIES: [(&str, &str); 4] = [
    ("als", include_str!("../../../../deploy/protocols/dictionary/als.toml")),
    ("common", include_str!("../../../../deploy/protocols/dictionary/common.toml")),
    ("hsct", include_str!("../../../../deploy/protocols/dictionary/hsct.toml")),
    ("ich", include_str!("../../../../deploy/protocols/dictionary/ich.toml")),
];

/// A trial by its name.
pub fn trial(name: &str) -> Protocol {
    let (_, text) = TRIALS.iter().find(|(known, _)| *known == name).unwrap();
    let dictionaries = DICTIONARIES.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    holdpoint_protocol::load(name, text, &dictionaries).unwrap()
}
