//! Findings that the platform raises nothing from (sentence 40).

use super::fixtures::*;
use crate::eval::laboratory::offers;

#[test]
fn sentence_40_nothing_is_raised_from_what_the_file_spares() {
    let protocol = trial("pgf-msc");
    for spared in ["neutrophils", "white-cells", "lymphocyte-count", "platelets", "hemoglobin"] {
        assert!(!offers(protocol, &spared.parse().unwrap()), "{spared}");
    }
    assert!(offers(protocol, &"creatinine".parse().unwrap()));
    assert!(offers(trial("nct01609283"), &"platelets".parse().unwrap()), "a file that spares nothing");
}
