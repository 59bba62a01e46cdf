//! Merges (ADT^A40): which numbers of a patient are those of another from here on. Both are personal data.

use std::borrow::Cow;

use crate::{Condition, Message, Problem, SegmentId, results};

/// One patient's record went up in another's.
#[derive(Clone, PartialEq, Eq)]
pub struct Merge<'m> {
    /// The hospital's number that stays (PID-3).
    pub stays: Cow<'m, str>,
    /// The one that goes (MRG-1).
    pub goes: Cow<'m, str>,
}

/// Hides both.
impl std::fmt::Debug for Merge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Merge(hidden)")
    }
}

/// The merges of a message, in its order. Each patient (PID) is followed by the record that goes (MRG).
pub fn read<'m>(message: &'m Message<'_>) -> Result<Vec<Merge<'m>>, Box<Problem>> {
    const ALLOWED: &str = "send PID with the number that stays, then MRG with the one that goes";
    let sequence = |place, what: &str| Problem::new(place, Condition::Sequence, what, ALLOWED);
    let mut merges = vec![];
    let mut patient = None;
    for segment in message.segments() {
        match segment.id() {
            SegmentId::PID => {
                let unfinished = patient.replace(segment).map(|_| segment.place());
                unfinished.map_or(Ok(()), |place| {
                    Err(sequence(place, "a patient whose MRG is missing before it"))
                })?;
            }
            SegmentId::MRG => {
                let pid = patient.take().ok_or_else(|| sequence(segment.place(), "a merge into nobody"))?;
                let stays = results::hospital_number(&pid, 3)?;
                let goes = results::hospital_number(&segment, 1)?;
                if stays == goes {
                    let number = segment.field(1);
                    return Err(number.problem(
                        Condition::UnknownKey,
                        "a merge of a number into itself",
                        ALLOWED,
                    ));
                }
                merges.push(Merge { stays, goes });
            }
            _ => {}
        }
    }
    match patient {
        None if !merges.is_empty() => Ok(merges),
        None => Err(sequence(message.header().place(), "no patient")),
        Some(pid) => Err(sequence(pid.place(), "a patient without MRG")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merges(segments: &str) -> Result<Vec<(String, String)>, String> {
        let text = format!("MSH|^~\\&|HIS||||20240101||ADT^A40|1|P|2.5\r{segments}");
        let message = Message::cut(&text).unwrap();
        let merges = read(&message).map_err(|problem| problem.place.to_string())?;
        Ok(merges.into_iter().map(|merge| (merge.stays.into_owned(), merge.goes.into_owned())).collect())
    }

    #[test]
    fn each_patient_takes_up_the_record_after_it() {
        let pair = |stays: &str, goes: &str| (stays.to_owned(), goes.to_owned());
        assert_eq!(merges("EVN|A40\rPID|||N1^^^H^MR\rMRG|N2^^^H^MR"), Ok(vec![pair("N1", "N2")]));
        assert_eq!(
            merges("PID|||N1^^^H^MR~X^^^S^SS\rPD1|\rMRG|N2\rPID|||N3\rMRG|N4"),
            Ok(vec![pair("N1", "N2"), pair("N3", "N4")])
        );
    }

    #[test]
    fn a_merge_that_leaves_open_who_is_meant_is_refused() {
        for (segments, place) in [
            ("", "MSH[1]"),
            ("PID|||N1", "PID[1]"),
            ("MRG|N2", "MRG[1]"),
            ("PID|||N1\rPID|||N3\rMRG|N2", "PID[2]"),
            ("PID|||N1\rMRG|N2\rMRG|N4", "MRG[2]"),
            ("PID|||\rMRG|N2", "PID[1]-3"),
            ("PID|||N1\rMRG|", "MRG[1]-1"),
            ("PID|||N1\rMRG|N1", "MRG[1]-1"),
            ("PID|||N1~N5\rMRG|N2", "PID[1]-3"),
        ] {
            assert_eq!(merges(segments), Err(place.to_owned()), "{segments}");
        }
    }
}
