//! The table of changes: one wrong thing each, across everything the loader checks.

use holdpoint_protocol::Code::{
    self, BadCondition, BadDictionary, DoesNotFit, Missing, NotAScalar, NotAWord, NotReadable, OnlyPeople,
    UnknownBlock, UnknownFormat, UnknownKey, UnknownName, UnknownSource, WrongShape,
};

use super::Case;

const fn pgf(find: &'static str, put: &'static str, code: Code, says: &'static str) -> Case {
    Case { trial: "pgf-msc", find, put, code, says }
}

const fn of(
    trial: &'static str,
    find: &'static str,
    put: &'static str,
    code: Code,
    says: &'static str,
) -> Case {
    Case { trial, find, put, code, says }
}

/// Changes of the first trial.
pub fn in_pgf() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(names());
    cases.extend(conditions());
    cases.extend(events_and_rules());
    cases.extend(treatment());
    cases.extend(schedule());
    cases.extend(outcomes());
    cases
}

fn names() -> Vec<Case> {
    vec![
        pgf(
            "within = \"28 days after dose\"",
            "withim = \"28 days after dose\"",
            UnknownKey,
            "did you mean 'within'?",
        ),
        pgf("[changes]", "[change]", UnknownBlock, "did you mean 'changes'?"),
        pgf("[rule.suspend-death]", "[rule.suspend-fatal]", NotReadable, "duplicate key"),
        pgf("format  = 1", "format  = 2", UnknownFormat, "format 2"),
        pgf("format  = 1", "format  = \"1\"", UnknownFormat, "format = 1"),
        pgf("\"hsct@1\"", "\"hsct@2\"", BadDictionary, "hsct is version 1, not 2"),
        pgf("\"hsct@1\"", "\"hcst@1\"", BadDictionary, "did you mean 'hsct'?"),
        pgf("\"hsct@1\"", "\"hsct\"", BadDictionary, "no dictionary"),
        pgf("\"hsct@1\"", "\"common@1\"", BadDictionary, "used twice"),
        pgf("title   = \"Mes", "titel   = \"Mes", Missing, "title is missing"),
        pgf("id      = \"pgf-msc\"", "id      = \"pgf msc\"", NotAWord, "letters, digits"),
        pgf("version = \"1.0\"", "version = 1.0", WrongShape, "a text in quotes"),
        pgf(
            "ref    = \"7.3.1\"\ntext   = \"Fatal",
            "ref    = \"7.3.9\"\ntext   = \"Fatal",
            UnknownSource,
            "'7.3.9'",
        ),
        pgf("ref  = \"5.1 against 6.4\"", "ref  = \"5.1 against 6.41\"", UnknownSource, "'6.41'"),
        pgf("[event.dlt]\nref  = \"7.1\"", "[event.dlt]", Missing, "no ref"),
        pgf("\"weigh\", \"reweigh\"]", "\"weigh\", \"weight\"]", UnknownName, "assumed names 'weight'"),
        pgf(
            "assumed = [\"do.marrow\", \"do.mrd\"]",
            "assumed = [\"do.blood\"]",
            UnknownName,
            "assumed names 'do.blood'",
        ),
        pgf("ask  = \"The section is empty\"\n", "", Missing, "ask is missing"),
        pgf("sites     = [", "site      = [", UnknownKey, "did you mean 'sites'?"),
        pgf("from = 2027-11-01", "from = 2029-11-01", DoesNotFit, "ends before it begins"),
        pgf("from = 2027-11-01", "from = \"2027-11-01\"", WrongShape, "a date such as"),
    ]
}

fn conditions() -> Vec<Case> {
    vec![
        pgf("not gene-modified", "not modified", BadCondition, "unknown fact 'modified'"),
        pgf("grade = 5 or outcome", "grade = 7 or outcome", BadCondition, "grade is 1..5, found 7"),
        pgf("outcome = fatal", "outcome = lethal", BadCondition, "'lethal' is no value of outcome"),
        pgf("donor = haploidentical", "donor < haploidentical", BadCondition, "donor has no order"),
        pgf(
            "\"mechanical-ventilation\"",
            "\"mechanical-ventilation = true\"",
            BadCondition,
            "takes no operator",
        ),
        pgf(
            "\"transplant-planned or transplanted\"",
            "\"transplant-planned or kps\"",
            BadCondition,
            "kps is score, not yes-no",
        ),
        pgf("dose-number >= 2))", "dose-number >= 2)", BadCondition, "expected ), found the end"),
        pgf("dose-number >= 2))", "dose-number >= 2)))", BadCondition, "left over"),
        pgf("dose-number >= 2))", "dose-number >= 2 doses))", BadCondition, "dose-number has no unit"),
        pgf(
            "donor-chimerism >= 95 %",
            "donor-chimerism >= 95",
            BadCondition,
            "donor-chimerism is in %, found no unit",
        ),
        pgf(
            "when    = \"donor-chimerism < 5 %\"",
            "when    = \"donor-chimerism < 5\"",
            BadCondition,
            "found no unit",
        ),
        pgf(
            "when = \"neutrophils > 0.5 e9/L\"",
            "when = \"neutrophils > 500 /uL\"",
            BadCondition,
            "neutrophils is in e9/L, found /uL",
        ),
        pgf("age in 18..60 years", "age in 61..60 years", BadCondition, "empty range"),
        pgf("age in 18..60 years", "age in 18..60 months", BadCondition, "age is in years, found months"),
        pgf("age in 18..60 years", "age in [18, 60]", BadCondition, "'18' is no value of age"),
        pgf("diagnosis in [AML, ALL]", "diagnosis in AML..ALL", BadCondition, "diagnosis has no range"),
        pgf("diagnosis in [AML, ALL]", "diagnosis in [AML ALL]", BadCondition, "expected ,"),
        pgf("when = \"kps > 60\"", "when = \"kps > 62\"", BadCondition, "steps of 10"),
        pgf("when = \"kps > 60\"", "when = \"kps ~ 60\"", BadCondition, "unknown operator '~'"),
        pgf("when = \"kps > 60\"", "when = \"kps > sixty\"", BadCondition, "'sixty' is no number"),
        pgf("when = \"kps > 60\"", "when = \"not not in-other-trial\"", BadCondition, "unknown fact 'not'"),
        pgf("when = \"kps > 60\"", "when = \"grade >= 3\"", BadCondition, "unknown fact 'grade'"),
        pgf("when = \"kps > 60\"", "when = \"\"", BadCondition, "expected a fact"),
        pgf("when = \"kps > 60\"", "when = 60", WrongShape, "when is a whole number"),
        pgf("viability >= 80 %", "platelets >= 80 e9/L", BadCondition, "unknown fact 'platelets'"),
    ]
}

fn events_and_rules() -> Vec<Case> {
    vec![
        pgf("on      = \"pgf\"", "on      = \"pfg\"", UnknownName, "did you mean 'pgf'?"),
        pgf(
            "at      = \"randomization\"\nassumed = true          # the title",
            "at      = \"screening\"\nassumed = true          # the title",
            NotAWord,
            "is not consent, enrollment or randomization",
        ),
        pgf(
            "attest = \"Severe acute allergic reaction\"",
            "text = \"Severe acute allergic reaction\"",
            Missing,
            "nothing to decide by",
        ),
        pgf("confirm = \"investigator\"", "confirm = \"nurse\"", NotAWord, "who is nobody"),
        pgf("all-of  = [\"cytopenia\"]", "all-of  = [\"pgf\"]", DoesNotFit, "is made of itself"),
        pgf(
            "control = \"21 days after randomization\" }",
            "controls = \"21 days after randomization\" }",
            DoesNotFit,
            "by-arm and arms differ",
        ),
        pgf(
            "without = \"red-cell-transfusion for 7 days\"",
            "without = \"red-cells for 7 days\"",
            UnknownName,
            "unknown event 'red-cells'",
        ),
        pgf(
            "without = \"red-cell-transfusion for 7 days\"",
            "without = \"red-cell-transfusion over 7 days\"",
            NotAScalar,
            "event to be without",
        ),
        pgf(
            "on     = \"death\"\nwithin = \"2 weeks after dose\"",
            "on     = \"death\"\nwithin = \"2 weeks\"",
            NotAScalar,
            "within = '2 weeks'",
        ),
        pgf(
            "on     = \"death\"\nwithin = \"2 weeks after dose\"",
            "on     = \"death\"\nwithin = \"2 weeks after doze\"",
            UnknownName,
            "unknown event 'doze'",
        ),
        pgf(
            "on     = \"transplant-impossible\"\n",
            "when  = \"transplant-planned\"\n",
            Missing,
            "nothing wakes it",
        ),
        pgf("attest = \"The investigator ends the trial\"\n", "", Missing, "nothing to decide by"),
        pgf(
            "on     = \"progression\"\nthen   = [\"stop dosing\"]",
            "on     = \"progression\"\nthen   = []",
            Missing,
            "does nothing",
        ),
        pgf(
            "\"propose dose-reduction\"",
            "\"propose dose-increase\"",
            NotAWord,
            "unknown verb 'propose dose-increase'",
        ),
        pgf("\"treat with dexamethasone\"", "\"treat with Dexamethasone 5 mg\"", NotAWord, "unknown verb"),
        pgf(
            "when   = \"mechanical-ventilation\"\nwithin = \"2 weeks after dose\"\nthen   = [\"suspend trial\", \"convene safety-board\"]\nscope  = \"trial\"",
            "when   = \"mechanical-ventilation\"\nwithin = \"2 weeks after dose\"\nthen   = [\"suspend trial\", \"convene safety-board\"]\nscope  = \"cohort\"",
            DoesNotFit,
            "in scope trial",
        ),
        pgf(
            "before = \"randomization\"\nthen   = [\"fail screening\"]\nscope  = \"subject\"",
            "before = \"randomization\"\nthen   = [\"fail screening\"]\nscope  = \"site\"",
            NotAWord,
            "scope = 'site' is none of",
        ),
        pgf(
            "on     = \"progression\"\nthen   = [\"stop dosing\"]\nscope  = \"subject\"",
            "on     = \"progression\"\nthen   = [\"terminate trial\"]\nscope  = \"trial\"",
            OnlyPeople,
            "only people terminate",
        ),
        pgf(
            "on     = \"progression\"\nthen   = [\"stop dosing\"]",
            "on     = \"progression\"\nthen   = [\"withdraw subject\"]",
            OnlyPeople,
            "only the participant ends the study",
        ),
        pgf("before = \"dose 4\"", "before = \"dose 0\"", DoesNotFit, "there are 4 doses"),
        pgf("before = \"dose 4\"", "before = \"each dose\"", NotAScalar, "each dose opens phases only"),
        pgf(
            "on     = \"progression\"\n",
            "on     = \"progression\"\ncount  = 2\n",
            DoesNotFit,
            "count and of go together",
        ),
        pgf("due     = \"24 hours\"", "due     = \"at once\"", NotAScalar, "due = 'at once'"),
        pgf(
            "to      = [\"investigator\", \"ethics-committee\", \"sponsor\"]",
            "to      = [\"investigator\", \"press\"]",
            NotAWord,
            "to names 'press', who is nobody",
        ),
        pgf(
            "on      = \"adverse-event\"\nwhen    = \"serious\"",
            "on      = \"lab-result\"\nwhen    = \"serious\"",
            BadCondition,
            "unknown fact 'serious'",
        ),
    ]
}

fn treatment() -> Vec<Case> {
    vec![
        pgf("every   = \"1 week\"\n", "", Missing, "repeats without an interval"),
        pgf("times   = 4\n", "times   = -4\n", DoesNotFit, "times = -4"),
        pgf("times   = 4\n", "times   = \"four\"\n", WrongShape, "times is a text"),
        pgf(
            "late    = \"shift, at least 5 days apart, at most 10 days\"",
            "late    = \"shift\"",
            NotAScalar,
            "late = 'shift'",
        ),
        pgf(
            "at least 5 days apart, at most 10 days",
            "at least 5 days apart, at most 6 days",
            DoesNotFit,
            "every is not between",
        ),
        pgf("dose    = \"1e6 cells/kg\"", "dose    = \"1e6 cells/lb\"", NotAScalar, "dose = '1e6 cells/lb'"),
        pgf(
            "dose    = \"1e6 cells/kg\"",
            "dose    = \"1e99 cells/kg\"",
            NotAScalar,
            "dose = '1e99 cells/kg'",
        ),
        pgf("tolerance = \"±10 %\"", "tolerance = \"10 %\"", NotAScalar, "tolerance = '10 %'"),
        pgf("reweigh = \"10 %\"", "reweigh = \"10%\"", NotAScalar, "reweigh = '10%'"),
        pgf("weigh   = \"on the day\"\n", "", Missing, "weigh is missing"),
        pgf("weigh   = \"on the day\"", "weigh   = \"sometimes\"", NotAScalar, "weigh = 'sometimes'"),
        pgf(
            "first   = \"within 7 days after randomization\"",
            "first   = \"within 7 days after allocation\"",
            UnknownName,
            "unknown event 'allocation'",
        ),
        pgf("product = \"uc-msc\"", "product = \"ucmsc\"", UnknownName, "did you mean 'uc-msc'?"),
        pgf("product = \"uc-msc\"\n", "", Missing, "product or route is missing"),
        pgf("dose    = \"1e6 cells/kg\"\n", "", Missing, "dose is missing"),
        pgf(
            "role    = \"investigational\"",
            "role    = \"experimental\"",
            NotAWord,
            "role = 'experimental' is none of",
        ),
        pgf(
            "gives = [\"msc\", \"transfusion\"",
            "gives = [\"mcs\", \"transfusion\"",
            UnknownName,
            "unknown regimen 'mcs'",
        ),
        pgf(
            "ratio    = { msc = 1, control = 1 }",
            "ratio    = { msc = 1 }",
            DoesNotFit,
            "ratio and arms differ",
        ),
        pgf(
            "ratio    = { msc = 1, control = 1 }",
            "ratio    = { msc = 0, control = 0 }",
            DoesNotFit,
            "a ratio of nothing",
        ),
        pgf("ratio    = { msc = 1, control = 1 }\n", "", Missing, "ratio is missing"),
        pgf("blocks   = [4, 6]", "blocks   = [3, 6]", DoesNotFit, "a block is no multiple"),
        pgf("method   = \"permuted-blocks\"", "method   = \"coin\"", NotAWord, "method = 'coin'"),
        pgf(
            "role  = \"control\"\nsize  = 34",
            "role  = \"control\"\nsize  = 33",
            DoesNotFit,
            "arms add to 67, total is 68",
        ),
        pgf("control = 34, total = 68", "control = 33, total = 68", DoesNotFit, "control has another size"),
        pgf("sides     = 2", "sides     = 1", DoesNotFit, "these figures give 25"),
        pgf("correction = \"continuity\"", "correction = \"none\"", DoesNotFit, "these figures give 26"),
        pgf("per-arm   = 31", "per-arm   = 30", DoesNotFit, "per-arm is 30, these figures give 31"),
        pgf("power     = 0.80\n", "", Missing, "power is missing"),
        pgf("power     = 0.80", "power     = 80", DoesNotFit, "figures of no test"),
        pgf(
            "expected  = { msc = \"76 %\", control = \"38 %\" }",
            "expected  = { msc = \"76 %\", control = \"76 %\" }",
            DoesNotFit,
            "these figures give no size",
        ),
        pgf(
            "endpoint  = \"hematologic-recovery\"",
            "endpoint  = \"recovery\"",
            UnknownName,
            "unknown endpoint 'recovery'",
        ),
        pgf("again   = \"2 weeks\"\n", "", Missing, "a ladder needs again"),
        pgf("  \"20 mg 1 per day\",", "  \"20 mg daily\",", NotAScalar, "level = '20 mg daily'"),
        pgf("level = 6", "level = 0", DoesNotFit, "there is no level 0"),
        pgf("start   = 4 ", "start   = 0 ", DoesNotFit, "start is no level"),
        pgf("while = \"stopped\"\n", "", DoesNotFit, "resume goes with while"),
        pgf("while = \"stopped\"\n", "while = \"paused\"\n", NotAWord, "while = 'paused'"),
        pgf("level = 1\nafter", "after", Missing, "after a time at which level"),
        pgf("then = [\"step up 1\"]", "then = [\"step up\"]", NotAWord, "unknown verb 'step up'"),
        pgf(
            "dose = \"1.8 g/m2\",   every = \"1 day\",   days = 2",
            "dose = \"1.8 g/m2\",   every = \"1 day\"",
            Missing,
            "every or days is missing",
        ),
        pgf("{ drug = \"rhG-CSF\", dose", "{ drugs = \"rhG-CSF\", dose", UnknownKey, "unknown key 'drugs'"),
    ]
}

fn schedule() -> Vec<Case> {
    vec![
        pgf("from  = \"screening\"\n", "", Missing, "from is missing"),
        pgf("until = \"5 years after transplant\"\n", "", Missing, "recurs: until is missing"),
        pgf(
            "do.cbc           = \"1 per day\"",
            "do.cbc           = \"each day\"",
            NotAScalar,
            "cbc = 'each day'",
        ),
        pgf("\"1 per 2 weeks in month 3\"", "\"1 per 2 weeks in month 3..2\"", NotAScalar, "schedule line"),
        pgf("do.chimerism ", "do.chimerisms ", UnknownName, "did you mean 'chimerism'?"),
        pgf("window  = \"±10 minutes\"\n", "", Missing, "a fixed day needs a window"),
        pgf("per-week     = \"±1 day\"", "per-week     = \"1 day\"", NotAScalar, "per-week = '1 day'"),
        pgf("per-week     = \"±1 day\"", "weekly       = \"±1 day\"", UnknownKey, "weekly = '±1 day'"),
        pgf(
            "4.5, 6, 9, 12 after transplant\"",
            "4.5, 6, 9, 12 after graft\"",
            UnknownName,
            "unknown event 'graft'",
        ),
        pgf("until = \"24 hours\"", "until = \"a day\"", NotAScalar, "until = 'a day'"),
    ]
}

fn outcomes() -> Vec<Case> {
    vec![
        pgf("id      = \"PR\"", "id      = \"CR\"", DoesNotFit, "share an id"),
        pgf(
            "otherwise = true\n",
            "when = \"platelets < 20 e9/L\"\notherwise = true\n",
            DoesNotFit,
            "when, or otherwise = true",
        ),
        pgf(
            "from = \"randomization\"\nat   = \"8 weeks after randomization\"\nassumed = [\"from\", \"at\"]         #",
            "assumed = true #",
            DoesNotFit,
            "needs from and at",
        ),
        pgf(
            "for  = \"3 consecutive days\"\nfrom = \"nadir\"",
            "for  = \"3 consecutive days\"\nbridge = \"2 days\"\nfrom = \"nadir\"",
            DoesNotFit,
            "bridge is 1 day",
        ),
        pgf(
            "when = \"platelets < 50 e9/L\"\nfor  = \"2 weeks\"",
            "when = \"platelets < 50 e9/L\"\nfor  = \"a while\"",
            NotAScalar,
            "for = 'a while'",
        ),
        pgf("rate = [\"gvhd\"]", "rate = [\"gvdh\"]", UnknownName, "did you mean 'gvhd'?"),
        pgf("rate = [\"gvhd\"]", "rate = [\"gvhd\"]\ncount = [\"gvhd\"]", DoesNotFit, "rate and count"),
        pgf("rate = [\"graft-failure\"]\n", "", DoesNotFit, "measures nothing"),
        pgf(
            "response = \"platelet\"",
            "response = \"platelets\"",
            UnknownName,
            "unknown response 'platelets'",
        ),
        pgf("scale   = \"CTCAE 5.0\"", "scale   = \"CTCAE 5\"", NotAScalar, "scale = 'CTCAE 5'"),
        pgf(
            "\"congenital\", \"medically-important\"]",
            "\"congenital\", \"important\"]",
            NotAWord,
            "'important' is no criterion",
        ),
        pgf(
            "except  = { hospitalization = ",
            "except  = { pregnancy = ",
            UnknownName,
            "except names 'pregnancy'",
        ),
        pgf(
            "history = \"origin = chemotherapy\"",
            "history = \"origin = surgery\"",
            BadCondition,
            "'surgery' is no value of origin",
        ),
        pgf(
            "until = \"6 months after last-treatment\"",
            "until = \"6 months after treatment\"",
            UnknownName,
            "unknown event 'treatment'",
        ),
        pgf(
            "spare  = [\"neutrophils\"",
            "spare  = [\"neutrophil\"",
            UnknownName,
            "did you mean 'neutrophils'?",
        ),
        pgf("keep      = \"30 years\"", "keep      = \"forever\"", NotAScalar, "keep = 'forever'"),
        pgf("interim = \"descriptive\"", "interim = \"sequential\"", NotAWord, "interim = 'sequential'"),
    ]
}

/// Changes of trials with what the first has not: cohorts, escalation, stagger, an amendment, house policy.
pub fn in_others() -> Vec<Case> {
    vec![
        of(
            "nct01348451",
            "sides = \"bilateral\", number = 10 }\ndose   = \"1e6 cells\"\n[cohort.B]",
            "sides = \"bilateral\", number = 11 }\ndose   = \"1e6 cells\"\n[cohort.B]",
            DoesNotFit,
            "do not add up",
        ),
        of(
            "nct01730716",
            "dose   = \"2e6 cells\"",
            "dose   = \"whole product\"",
            DoesNotFit,
            "do not add up",
        ),
        of("nct01348451", "returns = \"C\"", "returns = \"F\"", UnknownName, "unknown cohort 'F'"),
        of(
            "nct01348451",
            "order   = [\"A1\", \"A2\", \"B\", \"C\", \"D\", \"E\"]",
            "order   = [\"A1\", \"A2\", \"B\", \"C\", \"D\"]",
            DoesNotFit,
            "order and cohorts differ",
        ),
        of(
            "nct01348451",
            "order   = [\"A1\", \"A2\", \"B\", \"C\", \"D\", \"E\"]",
            "order   = [\"A1\", \"A2\", \"B\", \"C\", \"D\", \"E\", \"E\"]",
            DoesNotFit,
            "order and cohorts differ",
        ),
        of(
            "nct01348451",
            "with = \"no dlt\"",
            "with = \"no toxicity\"",
            UnknownName,
            "unknown event 'toxicity'",
        ),
        of(
            "nct01348451",
            "gates   = [{ before = \"D\", decide = \"regulator\" }]",
            "gates   = [{ before = \"D\", decide = \"FDA\" }]",
            NotAWord,
            "who is nobody",
        ),
        of("nct01348451", "gap     = \"1 week\"", "gap     = \"weekly\"", NotAScalar, "gap = 'weekly'"),
        of("nct01348451", "rule    = \"sequential\"", "rule    = \"4+4\"", NotAWord, "rule = '4+4'"),
        of(
            "nct01348451",
            "sections = [\"cohort.E\", \"escalation\"]",
            "sections = [\"cohort.F\", \"escalation\"]",
            UnknownName,
            "sections names 'cohort.F'",
        ),
        of("nct01348451", "substantial = true", "substantial = \"yes\"", WrongShape, "true or false"),
        of(
            "nct01609283",
            "[cohort.1]\nref   = \"registry\"\nsize  = \"3..5\"",
            "[cohort.1]\nref   = \"registry\"\nsize  = \"5..3\"",
            NotAScalar,
            "size = 5..3",
        ),
        of(
            "nct01609283",
            "dose  = \"5e7 cells\"\ntimes = 2\nevery = \"1 month\"",
            "dose  = \"5e7 cells\"\ntimes = 2",
            Missing,
            "repeats without an interval",
        ),
        of("nct01609283", "count   = 2\n", "", DoesNotFit, "count and of go together"),
        of("nct01494480", "rank   = \"primary\"", "rank   = \"secondary\"", Missing, "none is primary"),
        of("nct01494480", "\"ich@1\"]", "]", Missing, "[adverse-events] missing"),
        of(
            "nct02881489",
            "first   = \"within 1 month after run-in\"\nassumed = [\"dose\", \"first\"]",
            "first   = \"within 1 month after lead-in\"\nassumed = [\"dose\", \"first\"]",
            UnknownName,
            "unknown event 'lead-in'",
        ),
        of(
            "nct02987413",
            "change = \"quality-of-life\"",
            "change = \"happiness\"",
            UnknownName,
            "unknown fact 'happiness'",
        ),
    ]
}
