//! The ten trial files load whole, and count what the reference checker counts.

use holdpoint_protocol::Protocol;

use crate::shelf::{TRIALS, lines, read, reference, text, trial};

/// Trial, blocks, conditions, schedule lines, assumed items, open questions, facts: as `check.py` prints them.
const COUNTS: [(&str, [usize; 6]); 10] = [
    ("nct01254539", [31, 8, 15, 11, 3, 8]),
    ("nct01348451", [29, 10, 7, 19, 2, 8]),
    ("nct01494480", [22, 8, 7, 3, 0, 8]),
    ("nct01609283", [35, 8, 15, 24, 2, 9]),
    ("nct01640067", [30, 8, 11, 7, 2, 8]),
    ("nct01730716", [24, 5, 4, 9, 0, 7]),
    ("nct01933321", [27, 6, 3, 7, 0, 7]),
    ("nct02881489", [23, 6, 3, 8, 2, 7]),
    ("nct02987413", [21, 8, 11, 13, 2, 10]),
    ("pgf-msc", [126, 36, 51, 87, 23, 29]),
];

#[test]
fn every_trial_loads_without_a_finding() {
    for name in TRIALS {
        let found = read(&text(name));
        assert!(found.is_ok(), "{name}:{}", lines(&found.unwrap_err()));
    }
}

#[test]
fn counts_are_those_of_the_reference_checker() {
    for (name, expected) in COUNTS {
        let protocol: Protocol = trial(name);
        let tally = &protocol.tally;
        let assumed = protocol.assumed().len();
        let counts =
            [tally.blocks, tally.conditions, tally.lines, assumed, protocol.open.len(), tally.facts.len()];
        assert_eq!(counts, expected, "{name}");
    }
}

#[test]
fn deployed_files_are_the_reference_files() {
    for name in TRIALS {
        let Some(reference) = reference(&format!("{name}.toml")) else { return };
        assert_eq!(text(name), reference, "{name}");
    }
}
