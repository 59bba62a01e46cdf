//! Reads a condition and checks it against the declared facts: kind, unit, range, step and words.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdpoint_clinical::Unit;
use rust_decimal::Decimal;

use super::lexer::{Kind, Token, tokens};
use super::{Atom, Condition, Op, Test};
use crate::dictionary::{Fact, FactKind};
use crate::ids::{FactId, Word};

/// The facts that a condition at some place of a file may name.
pub type FactScope = BTreeMap<FactId, Arc<Fact>>;

/// Brackets inside brackets beyond this are no condition that a physician can read.
const DEEPEST: usize = 32;

/// Why a text is no condition over these facts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ConditionError {
    /// What is wrong, with what was found.
    pub what: String,
    /// What would be allowed there.
    pub allowed: String,
}

impl ConditionError {
    fn new(what: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { what: what.into(), allowed: allowed.into() }
    }
}

/// Reads a condition over the facts of `scope`.
///
/// # Errors
/// The first thing that does not fit: an unknown fact, a missing or other unit, a number outside the
/// fact's range or between its steps, a word the fact does not have, or a sentence that does not end.
pub fn parse(text: &str, scope: &FactScope) -> Result<Condition, ConditionError> {
    let mut parser = Parser { tokens: tokens(text), at: 0, scope };
    let condition = parser.any(0)?;
    match parser.peek() {
        None => Ok(condition),
        Some(left) => Err(ConditionError::new(format!("left over: {left:?}"), "and, or, or the end")),
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    scope: &'a FactScope,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|token| token.text)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.peek() == Some(text);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, wanted: &str) -> Result<Token<'a>, ConditionError> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token.ok_or_else(|| ConditionError::new(format!("expected {wanted}, found the end"), wanted))
    }

    fn expect(&mut self, sign: &str) -> Result<(), ConditionError> {
        if self.eat(sign) {
            return Ok(());
        }
        let found = self.peek().map_or("the end".to_owned(), |token| format!("{token:?}"));
        Err(ConditionError::new(format!("expected {sign}, found {found}"), sign))
    }

    fn any(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.all(depth)?];
        while self.eat("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Condition::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.perhaps_not(depth)?];
        while self.eat("and") {
            parts.push(self.perhaps_not(depth)?);
        }
        Ok(one_or(parts, Condition::And))
    }

    fn perhaps_not(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let negated = self.eat("not");
        let inner = if self.eat("(") {
            if depth >= DEEPEST {
                let what = format!("brackets nested more than {DEEPEST} deep");
                return Err(ConditionError::new(what, format!("at most {DEEPEST} levels")));
            }
            let inner = self.any(depth + 1)?;
            self.expect(")")?;
            inner
        } else {
            Condition::Atom(self.atom()?)
        };
        Ok(if negated { Condition::Not(Box::new(inner)) } else { inner })
    }

    fn atom(&mut self) -> Result<Atom, ConditionError> {
        let name = self.take("a fact")?.text;
        let Some(fact) = self.scope.get(name).cloned() else {
            let near = crate::finding::nearest(name, self.scope.keys().map(FactId::as_str));
            return Err(ConditionError::new(format!("unknown fact '{name}'"), near));
        };
        let test = match self.peek() {
            None | Some("and" | "or" | ")") => self.yes(&fact)?,
            Some(_) => self.test(&fact)?,
        };
        Ok(Atom { fact, test })
    }

    fn yes(&self, fact: &Fact) -> Result<Test, ConditionError> {
        match fact.kind {
            FactKind::YesNo => Ok(Test::Yes),
            _ => Err(ConditionError::new(
                format!("{} is {}, not yes-no", fact.id, fact.kind.as_str()),
                "a comparison such as = or >=, and a value",
            )),
        }
    }

    fn test(&mut self, fact: &Fact) -> Result<Test, ConditionError> {
        let sign = self.take("a comparison")?.text;
        if sign == "in" {
            return if self.eat("[") { self.one_of(fact) } else { self.between(fact) };
        }
        let Some(op) = Op::ALL.into_iter().find(|op| op.as_str() == sign) else {
            return Err(ConditionError::new(
                format!("unknown operator '{sign}'"),
                "<, <=, =, !=, >=, > or in",
            ));
        };
        let value = self.take("a value")?;
        match &fact.kind {
            FactKind::YesNo => {
                let what = format!("{} takes no operator", fact.id);
                Err(ConditionError::new(what, format!("{0}, or not {0}", fact.id)))
            }
            FactKind::Choice(_) | FactKind::Ordered(_) => word_test(fact, op, value.text),
            _ => {
                let value = number(fact, value)?;
                Ok(Test::Number { op, value, unit: self.unit(fact)? })
            }
        }
    }

    fn one_of(&mut self, fact: &Fact) -> Result<Test, ConditionError> {
        let mut words = Vec::new();
        loop {
            words.push(word(fact, self.take("a word")?.text)?);
            if self.eat("]") {
                return Ok(Test::OneOf(words));
            }
            self.expect(",")?;
        }
    }

    fn between(&mut self, fact: &Fact) -> Result<Test, ConditionError> {
        if !fact.kind.is_number() {
            return Err(ConditionError::new(format!("{} has no range", fact.id), "a word, or words in [ ]"));
        }
        let least = number(fact, self.take("a number")?)?;
        self.expect("..")?;
        let most = number(fact, self.take("a number")?)?;
        if least > most {
            let what = format!("empty range {least}..{most}");
            return Err(ConditionError::new(what, "the lower end first"));
        }
        Ok(Test::Between { least, most, unit: self.unit(fact)? })
    }

    fn unit(&mut self, fact: &Fact) -> Result<Option<Unit>, ConditionError> {
        let found = self.peek().filter(|text| !["and", "or", ")", "]", ",", "not"].contains(text));
        self.at += usize::from(found.is_some());
        let Some(wanted) = &fact.unit else {
            return match found {
                None => Ok(None),
                Some(found) => Err(ConditionError::new(
                    format!("{} has no unit, found {found}", fact.id),
                    "a number alone",
                )),
            };
        };
        let singular = wanted.as_str().trim_end_matches('s');
        let elapsed = matches!(fact.kind, FactKind::Elapsed(_));
        let fits = |found: &str| {
            found == wanted.as_str()
                || found == singular
                || (elapsed && ["days", "weeks", "months", "years"].contains(&found))
        };
        match found.filter(|found| fits(found)).and_then(|found| found.parse().ok()) {
            Some(unit) => Ok(Some(unit)),
            None => {
                let what = format!("{} is in {wanted}, found {}", fact.id, found.unwrap_or("no unit"));
                Err(ConditionError::new(what, wanted.as_str()))
            }
        }
    }
}

fn one_or(mut parts: Vec<Condition>, join: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn word(fact: &Fact, text: &str) -> Result<Word, ConditionError> {
    let found = fact.kind.words().iter().find(|word| word.as_str() == text);
    found.cloned().ok_or_else(|| {
        let words: Vec<&str> = fact.kind.words().iter().map(Word::as_str).collect();
        ConditionError::new(format!("'{text}' is no value of {}", fact.id), words.join(", "))
    })
}

fn word_test(fact: &Fact, op: Op, text: &str) -> Result<Test, ConditionError> {
    let word = word(fact, text)?;
    let unordered = matches!(fact.kind, FactKind::Choice(_));
    if unordered && !matches!(op, Op::Equal | Op::NotEqual) {
        return Err(ConditionError::new(format!("{} has no order", fact.id), "=, != or in [ ]"));
    }
    Ok(Test::Word { op, word })
}

fn number(fact: &Fact, token: Token<'_>) -> Result<Decimal, ConditionError> {
    let read = (token.kind == Kind::Number).then(|| token.text.parse::<Decimal>().ok()).flatten();
    let Some(value) = read else {
        return Err(ConditionError::new(
            format!("'{}' is no number", token.text),
            "a number of at most 28 digits",
        ));
    };
    if let Some(range) = &fact.range
        && !(range.least <= value && value <= range.most)
    {
        let what = format!("{} is {range}, found {}", fact.id, token.text);
        return Err(ConditionError::new(what, range.to_string()));
    }
    if let Some(step) = fact.step
        && !value.checked_rem(step).is_some_and(|rest| rest.is_zero())
    {
        let what = format!("{} goes in steps of {step}, found {}", fact.id, token.text);
        return Err(ConditionError::new(what, format!("a multiple of {step}")));
    }
    Ok(value.normalize())
}
