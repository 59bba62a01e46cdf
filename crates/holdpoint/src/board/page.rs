//! The document on paper: one HTML page without scripts, which prints on A4 and says the same for the same document.

use std::borrow::Borrow;

use anyhow::Context as _;
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Document;

/// The page, as the template beside it reads it.
#[derive(Template)]
#[template(path = "suspension.html")]
struct Page<'a> {
    document: &'a Document,
    zone: &'a TimeZone,
    zone_name: &'a str,
}

/// Writes the page, with times in this zone: an IANA name, "Asia/Shanghai", or "UTC".
pub fn html(document: &Document, zone: &str) -> anyhow::Result<String> {
    let known =
        TimeZone::get(zone).with_context(|| format!("{zone} is no time zone; one is Asia/Shanghai"))?;
    Page { document, zone: &known, zone_name: zone }.render().context("write the page")
}

impl Page<'_> {
    /// "2026-03-23 18:00:00.250", in the page's zone; a dash where it is not known.
    fn at(&self, at: impl Borrow<Option<Timestamp>>) -> String {
        match at.borrow() {
            Some(at) => at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            None => "–".to_owned(),
        }
    }
}
