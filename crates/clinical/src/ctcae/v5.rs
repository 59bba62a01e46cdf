//! CTCAE version 5.0 (27 November 2017) for the analytes of the dictionaries. Counts are absolute, without a rule for the
//! baseline; creatinine has a limb by the upper limit of normal and one by the baseline, either of which suffices.

use super::{Bound, Scale, Term, decimal, rule};

pub(super) static SCALE: Scale = Scale { name: "CTCAE 5.0", terms: TERMS };

const TERMS: &[Term] = &[
    Term {
        name: "Anemia",
        analyte: "hemoglobin",
        // No number gives grade 4: it is a need for urgent intervention.
        rules: &[
            rule(1, Bound::BelowNormal),
            rule(2, Bound::Below(decimal(100, 0))),
            rule(3, Bound::Below(decimal(80, 0))),
        ],
    },
    Term {
        name: "Neutrophil count decreased",
        analyte: "neutrophils",
        rules: &[
            rule(1, Bound::BelowNormal),
            rule(2, Bound::Below(decimal(15, 1))),
            rule(3, Bound::Below(decimal(10, 1))),
            rule(4, Bound::Below(decimal(5, 1))),
        ],
    },
    Term {
        name: "Platelet count decreased",
        analyte: "platelets",
        rules: &[
            rule(1, Bound::BelowNormal),
            rule(2, Bound::Below(decimal(75, 0))),
            rule(3, Bound::Below(decimal(50, 0))),
            rule(4, Bound::Below(decimal(25, 0))),
        ],
    },
    Term {
        name: "White blood cell decreased",
        analyte: "white-cells",
        rules: &[
            rule(1, Bound::BelowNormal),
            rule(2, Bound::Below(decimal(3, 0))),
            rule(3, Bound::Below(decimal(2, 0))),
            rule(4, Bound::Below(decimal(1, 0))),
        ],
    },
    // Grades 1 and 2 are not defined; grade 4 is leukostasis, which no count shows.
    Term { name: "Leukocytosis", analyte: "white-cells", rules: &[rule(3, Bound::Above(decimal(100, 0)))] },
    Term {
        name: "Lymphocyte count decreased",
        analyte: "lymphocyte-count",
        rules: &[
            rule(1, Bound::BelowNormal),
            rule(2, Bound::Below(decimal(8, 1))),
            rule(3, Bound::Below(decimal(5, 1))),
            rule(4, Bound::Below(decimal(2, 1))),
        ],
    },
    Term {
        name: "Lymphocyte count increased",
        analyte: "lymphocyte-count",
        rules: &[rule(2, Bound::Above(decimal(4, 0))), rule(3, Bound::Above(decimal(20, 0)))],
    },
    Term {
        name: "Creatinine increased",
        analyte: "creatinine",
        rules: &[
            rule(1, Bound::TimesUpper(decimal(10, 1))),
            rule(2, Bound::TimesUpper(decimal(15, 1))),
            rule(3, Bound::TimesUpper(decimal(3, 0))),
            rule(4, Bound::TimesUpper(decimal(6, 0))),
            rule(2, Bound::TimesBaseline(decimal(15, 1))),
            rule(3, Bound::TimesBaseline(decimal(3, 0))),
        ],
    },
];
