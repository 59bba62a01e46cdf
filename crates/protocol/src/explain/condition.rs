//! Conditions as clauses: "grade is at least 4 and relatedness is at least possible".

use holdpoint_clinical::Unit;

use super::{Lang, Teller, say};
use crate::condition::{Atom, Condition, Op, Test};
use crate::dictionary::{Fact, FactKind};

impl Teller<'_> {
    /// The condition as a clause; brackets where the words alone would not say what binds.
    pub(crate) fn condition(&self, condition: &Condition) -> String {
        let lang = self.lang;
        match condition {
            Condition::Or(parts) => self.joined(parts, " or ", "，或"),
            Condition::And(parts) => self.joined(parts, " and ", "，且"),
            Condition::Not(inner) => match inner.as_ref() {
                Condition::Atom(Atom { fact, test: Test::Yes }) => {
                    let name = self.word(fact.id.as_str());
                    say!(lang, "“{name}” is not the case", "“{name}”不成立")
                }
                inner => {
                    let inner = self.condition(inner);
                    say!(lang, "it is not so that ({inner})", "并非（{inner}）")
                }
            },
            Condition::Atom(atom) => self.atom(atom),
        }
    }

    fn joined(&self, parts: &[Condition], en: &str, zh: &str) -> String {
        let one = |part: &Condition| match (part, self.lang) {
            (Condition::Or(_) | Condition::And(_), Lang::En) => format!("({})", self.condition(part)),
            (Condition::Or(_) | Condition::And(_), Lang::Zh) => format!("（{}）", self.condition(part)),
            _ => self.condition(part),
        };
        let texts: Vec<String> = parts.iter().map(one).collect();
        texts.join(if self.lang == Lang::En { en } else { zh })
    }

    fn atom(&self, atom: &Atom) -> String {
        let (lang, name) = (self.lang, self.word(atom.fact.id.as_str()));
        match &atom.test {
            Test::Yes => say!(lang, "“{name}” is the case", "“{name}”成立"),
            Test::Number { op, value, unit } => {
                let (op, unit) = (self.op(*op), self.unit(&atom.fact, unit.as_ref()));
                say!(lang, "{name} is {op} {value}{unit}", "{name}{op} {value}{unit}")
            }
            Test::Between { least, most, unit } => {
                let unit = self.unit(&atom.fact, unit.as_ref());
                say!(
                    lang,
                    "{name} is from {least} to {most}{unit}, both included",
                    "{name}为 {least} 至 {most}{unit}（含两端）"
                )
            }
            Test::Word { op, word } => {
                let choice = matches!(atom.fact.kind, FactKind::Choice(_));
                let word = self.word(word.as_str());
                if choice && *op == Op::Equal {
                    return say!(lang, "{name} is {word}", "{name}为“{word}”");
                }
                let op = self.op(*op);
                say!(lang, "{name} is {op} {word}", "{name}{op}“{word}”")
            }
            Test::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| self.word(word.as_str())).collect();
                match lang {
                    Lang::En => format!("{name} is {}", words.join(" or ")),
                    Lang::Zh => format!("{name}为{}之一", words.join("、")),
                }
            }
        }
    }

    fn op(&self, op: Op) -> String {
        let lang = self.lang;
        match op {
            Op::Less => say!(lang, "below", "低于"),
            Op::AtMost => say!(lang, "at most", "不超过"),
            Op::Equal => say!(lang, "exactly", "等于"),
            Op::NotEqual => say!(lang, "not", "不为"),
            Op::AtLeast => say!(lang, "at least", "不低于"),
            Op::Greater => say!(lang, "above", "高于"),
        }
    }

    fn unit(&self, fact: &Fact, unit: Option<&Unit>) -> String {
        let Some(unit) = unit else { return String::new() };
        let completed = matches!(fact.kind, FactKind::Completed(_));
        match (self.lang, unit.as_str()) {
            (Lang::Zh, "years" | "year") if completed => " 岁".to_owned(),
            (Lang::Zh, "years" | "year") => " 年".to_owned(),
            (Lang::Zh, "months" | "month") => " 个月".to_owned(),
            (Lang::Zh, "weeks" | "week") => " 周".to_owned(),
            (Lang::Zh, "days" | "day") => " 天".to_owned(),
            (_, "e9/L") => " ×10⁹/L".to_owned(),
            (_, unit) => format!(" {unit}"),
        }
    }
}
