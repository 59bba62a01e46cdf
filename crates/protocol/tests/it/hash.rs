//! The digest follows what a file says, and nothing else.

use holdpoint_protocol::{ProtocolRef, load};

use crate::shelf::{TRIALS, dictionaries, read, text, trial};

#[test]
fn comments_blanks_and_the_order_of_blocks_do_not_count() {
    let plain = trial("nct01494480").digest;
    let dressed = text("nct01494480")
        .replace("[study]", "# the title page\n\n[study]")
        .replace("\nref     = ", "\nref = ");
    assert_eq!(read(&dressed).unwrap().digest, plain);
    let (head, tail) = dressed.split_once("[endpoint.function]").unwrap();
    let (start, rest) = head.split_once("[study]").unwrap();
    let moved = format!("{start}[endpoint.function]{tail}\n[study]{rest}");
    assert_eq!(read(&moved).unwrap().digest, plain);
}

#[test]
fn every_letter_of_a_value_counts() {
    let plain = trial("pgf-msc").digest;
    for (from, to) in [("power     = 0.80", "power     = 0.8"), ("to   = 2023-12-31", "to   = 2023-12-30")] {
        assert_ne!(read(&text("pgf-msc").replace(from, to)).unwrap().digest, plain, "{to}");
    }
}

#[test]
fn a_dictionary_counts_when_it_is_used() {
    let digest = |name: &str| {
        let mut shelf = dictionaries();
        let changed = shelf[name].replace("[activity]", "[activity]\nmore = { label = \"More\" }");
        shelf.insert(name.to_owned(), changed);
        load("trial.toml", &text("pgf-msc"), &shelf).unwrap().digest
    };
    let plain = trial("pgf-msc").digest;
    assert_ne!(digest("hsct"), plain);
    assert_eq!(digest("als"), plain);
}

#[test]
fn a_reference_is_read_back_and_every_trial_has_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for name in TRIALS {
        let reference = trial(name).reference();
        assert_eq!(reference.to_string().parse::<ProtocolRef>().unwrap(), reference);
        assert!(reference.to_string().starts_with(&format!("{name}@")));
        assert!(seen.insert(reference.digest));
    }
    for wrong in ["pgf-msc", "pgf-msc@1.0", "pgf-msc@1.0#abc", "pgf msc@1.0#", "@1.0#", ""] {
        assert!(wrong.parse::<ProtocolRef>().is_err(), "{wrong}");
    }
}
