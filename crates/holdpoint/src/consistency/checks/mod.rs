//! The checks: each a pure function over the picture, each answers how much it looked at and what does not fit. Of who was
//! allocated (`enrolled`), of what was given (`given`), of what was stopped (`held`).

mod enrolled;
mod given;
mod held;

use super::picture::Picture;

/// What a check found: the subject, and what is wrong.
type Found = Vec<(String, String)>;

/// One check.
pub struct Check {
    /// "consent"
    pub name: &'static str,
    /// What must be so.
    pub must: &'static str,
    /// Looks at a picture: how many things, and those that do not fit.
    pub run: fn(&Picture) -> (usize, Found),
}

/// Every check, in the order of the page.
pub const CHECKS: &[Check] = &[
    Check {
        name: "consent",
        must: "every randomized subject consented on that day or before",
        run: enrolled::consent,
    },
    Check {
        name: "eligible",
        must: "every randomized subject was judged eligible at that moment",
        run: enrolled::eligible,
    },
    Check {
        name: "once",
        must: "every subject was randomized once in a cohort, to a place of its own",
        run: enrolled::once,
    },
    Check {
        name: "allocation",
        must: "every allocation has a permit of safety for that subject",
        run: enrolled::allocation,
    },
    Check {
        name: "randomized",
        must: "every infusion is of a subject that was randomized before",
        run: given::randomized,
    },
    Check {
        name: "permit",
        must: "every infusion has a permit of safety for it, and each its own",
        run: given::permit,
    },
    Check { name: "lot", must: "every infusion is of a lot released for the trial before", run: given::lot },
    Check {
        name: "weight",
        must: "every infusion reckoned by weight rests on one of the subject's, measured before",
        run: given::weight,
    },
    Check { name: "hold", must: "every hold was checked by all four other services", run: held::hold },
    Check {
        name: "verdict",
        must: "every serious event has the verdict of the file's rules",
        run: held::verdict,
    },
    Check {
        name: "interval",
        must: "every interval under a hold is empty of starts and permits",
        run: held::interval,
    },
    Check { name: "cursor", must: "every cursor is at its head, and no row is parked", run: cursor },
];

fn cursor(picture: &Picture) -> (usize, Found) {
    let behind = picture.behind.iter().map(|behind| (String::new(), behind.to_string()));
    let parked = picture
        .parked
        .iter()
        .map(|(by, of, why)| (String::new(), format!("{by} parked a row of {of}: {why}")));
    (picture.heads, behind.chain(parked).collect())
}

#[cfg(test)]
mod tests;
