//! How a dose is divided over injections.

use crate::scalar::Dose;

/// `inject = { each, number, ... }`: the injections of one dose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inject {
    /// What one injection holds.
    pub each: Option<Dose>,
    /// How many.
    pub number: Option<u32>,
    /// The rest as written, in the order of the file: site, sides, volume, apart.
    pub particulars: Vec<(String, Vec<String>)>,
}

impl Inject {
    /// These injections where said, else those of `wider`: a cohort over its regimen.
    pub fn over(&self, wider: &Self) -> Self {
        let own = |key: &str| self.particulars.iter().any(|(name, _)| name == key);
        let inherited = wider.particulars.iter().filter(|(name, _)| !own(name));
        Self {
            each: self.each.or(wider.each),
            number: self.number.or(wider.number),
            particulars: self.particulars.iter().chain(inherited).cloned().collect(),
        }
    }
}
