//! A certificate that runs out in the night closes every connection. Reads the end of validity out of the DER (RFC 5280, 4.1), and
//! nothing else: whether a certificate is believed is decided by those who are shown it.

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdpoint_chassis::clock::MachineClock;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::doctor::{Found, House};

pub(super) async fn valid(house: &House, found: &mut Found) -> anyhow::Result<()> {
    let now = MachineClock::new().wall();
    for path in &house.certificates {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        for end in ends(&text).with_context(|| path.display().to_string())? {
            let left = end.duration_since(now);
            let what = format!("{} ends at {end}, in {} days", path.display(), left.as_hours() / 24);
            let mend = "put a new certificate in its place and restart what shows it";
            if left.is_negative() {
                found.problem(format!("{} ended at {end}", path.display()), mend);
            } else if left.unsigned_abs() < house.limits.certificate / 4 {
                found.problem(what, mend);
            } else if left.unsigned_abs() < house.limits.certificate {
                found.warning(what, mend);
            }
        }
    }
    Ok(())
}

/// The end of validity of each certificate in a PEM text.
fn ends(text: &str) -> anyhow::Result<Vec<Timestamp>> {
    let mut ends = vec![];
    for part in text.split("-----BEGIN CERTIFICATE-----").skip(1) {
        let (body, _) = part.split_once("-----END CERTIFICATE-----").context("a certificate is cut off")?;
        let der = STANDARD
            .decode(body.split_whitespace().collect::<String>())
            .context("a certificate is no base64")?;
        ends.push(end(&der)?);
    }
    ensure!(!ends.is_empty(), "there is no certificate in it");
    Ok(ends)
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

fn end(der: &[u8]) -> anyhow::Result<Timestamp> {
    let (_, certificate, _) = item(der)?;
    let (_, signed, _) = item(certificate)?;
    let mut rest = signed;
    if rest.first() == Some(&VERSION) {
        rest = item(rest)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = item(rest)?.2;
    }
    let (kind, validity, _) = item(rest)?;
    ensure!(kind == SEQUENCE, "a certificate has no validity where one must stand");
    let (kind, text, _) = item(item(validity)?.2)?;
    let text = std::str::from_utf8(text).context("a time is no text")?;
    let whole = match kind {
        // RFC 5280, 4.1.2.5.1: two digits from 50 on are of the last century.
        UTC_TIME if text.get(..2).is_some_and(|year| year >= "50") => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        other => bail!("a time is of the unknown kind {other}"),
    };
    let at = DateTime::strptime("%Y%m%d%H%M%SZ", &whole).with_context(|| format!("`{whole}` is no time"))?;
    Ok(at.to_zoned(TimeZone::UTC)?.timestamp())
}

/// Kind, content and rest of the first item.
fn item(der: &[u8]) -> anyhow::Result<(u8, &[u8], &[u8])> {
    let cut = || anyhow::anyhow!("a certificate is cut off");
    let (kind, rest) = der.split_first().ok_or_else(cut)?;
    let (first, rest) = rest.split_first().ok_or_else(cut)?;
    let (length, rest) = match first {
        short @ 0..=0x7F => (usize::from(*short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7F)).ok_or_else(cut)?;
            ensure!(digits.len() <= 4, "a certificate says that it is longer than any");
            (digits.iter().fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    Ok((*kind, content, rest))
}
