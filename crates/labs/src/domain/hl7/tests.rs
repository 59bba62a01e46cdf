//! Messages as laboratories send them, and the reports that they become.

use super::*;
use crate::domain::identity::Sex;
use crate::domain::observation::Status;
use crate::domain::report::Finding;

fn feed() -> Feed {
    Feed { id: "lis".into(), name: String::new(), sites: vec![], time_zone: "Asia/Shanghai".to_owned() }
}

fn now() -> Timestamp {
    "2026-04-22T00:00:00Z".parse().unwrap()
}

fn key() -> NumberKey {
    NumberKey::new(b"k")
}

fn read(bytes: &[u8]) -> Report {
    Reader::new(&feed(), &key(), now()).read(bytes, None)
}

fn message(segments: &str) -> String {
    format!("MSH|^~\\&|LIS|XQ|HP|XQ|20260401093000||ORU^R01^ORU_R01|M1|P|2.5.1\r{segments}")
}

const PID: &str = "PID|1||ZY0012345^^^XQ^MR||张三^San||19800102|F\r";
const OBR: &str = "OBR|1||F1|CBC^血常规|||20260401090000|||||||||||||||20260401092500|||F\r";

fn answered(report: &Report) -> (Code, Vec<String>) {
    let message = report.message.as_ref().unwrap();
    (message.code, message.problems.clone())
}

#[test]
fn a_message_becomes_the_report_that_it_is() {
    let text = message(&format!(
        "{PID}{OBR}OBX|1|NM|777-3^PLT^LN^PLT^血小板^99XQ||12|10*9/L|125-350|L~A|||F\r\
         OBX|2|SN|751-8^ANC^LN|a|<^0.1|10*9/L||L|||C|||20260401093000\r\
         OBX|3|ST|HGB^^99XQ||溶血||||||I\r"
    ));
    for bytes in [text.clone().into_bytes(), encoding(&text)] {
        let report = read(&bytes);
        assert_eq!(answered(&report), (Code::Aa, vec![]));
        let [first, second, third] = report.parts.as_slice() else { panic!("{:?}", report.parts) };
        assert_eq!(first.claim.number, Some(key().number("ZY0012345")));
        assert_eq!((first.claim.sex, first.claim.birth_year), (Some(Sex::Female), Some(1980)));
        assert_eq!((first.head.filler_order.as_str(), first.head.message.as_str()), ("F1", "M1"));
        assert_eq!(first.head.taken_at.to_string(), "2026-04-01T01:00:00Z", "the feed's zone");
        assert_eq!(second.head.taken_at.to_string(), "2026-04-01T01:30:00Z", "the finding's own time");
        assert_eq!(second.head.issued_at.to_string(), "2026-04-01T01:25:00Z");
        let Finding::Read(platelets) = &first.findings[0] else { panic!("{first:?}") };
        assert_eq!((platelets.code.as_str(), platelets.system.as_str()), ("777-3", "LN"));
        assert_eq!(platelets.flags, ["L", "A"]);
        let Finding::Read(neutrophils) = &second.findings[0] else { panic!("{second:?}") };
        assert_eq!((neutrophils.value.as_str(), neutrophils.status), ("<0.1", Status::Corrected));
        assert!(matches!(&third.findings[0], Finding::Passed(why) if why.contains("status I")));
    }
}

fn encoding(text: &str) -> Vec<u8> {
    // 张三, 血常规, 血小板 and 溶血 in GB18030, whose second bytes are above the separators here; the crate's own tests take
    // those that are not.
    let mut bytes = vec![];
    for letter in text.chars() {
        match GB18030.iter().find(|(known, _)| *known == letter) {
            Some((_, two)) => bytes.extend(two),
            None => bytes.extend(letter.to_string().as_bytes()),
        }
    }
    bytes
}

const GB18030: [(char, [u8; 2]); 9] = [
    ('张', [0xD5, 0xC5]),
    ('三', [0xC8, 0xFD]),
    ('血', [0xD1, 0xAA]),
    ('常', [0xB3, 0xA3]),
    ('规', [0xB9, 0xE6]),
    ('小', [0xD0, 0xA1]),
    ('板', [0xB0, 0xE5]),
    ('溶', [0xC8, 0xDC]),
    ('检', [0xBC, 0xEC]),
];

#[test]
fn what_is_kept_names_nobody() {
    let report =
        read(message(&format!("{PID}NK1|1|李四|SPO\r{OBR}OBX|1|NM|777-3^^LN||12|10*9/L|||||F\r")).as_bytes());
    let kept = report.message.unwrap();
    for hidden in ["ZY0012345", "张三", "San", "1980", "李四"] {
        assert!(!serde_json::to_string(&kept).unwrap().contains(hidden), "{hidden}: {}", kept.text);
    }
    assert!(
        kept.text.contains(&key().token("ZY0012345")) && kept.text.contains("|12|10*9/L|"),
        "{}",
        kept.text
    );
    assert_eq!(
        (kept.control.as_str(), kept.sent_at.map(|at| at.to_string())),
        ("M1", Some("2026-04-01T01:30:00Z".to_owned()))
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let obx = "OBX|1|NM|777-3^^LN||12|10*9/L|||||F\r";
    for (bytes, code, place, control) in [
        (message(&format!("PID|1||ZY1||||Aug 15, 1942|F\r{OBR}{obx}")), Code::Ae, "PID[1]-7", "M1"),
        (message(&format!("{PID}{PID}{OBR}{obx}")), Code::Ae, "PID[2]", "M1"),
        ("MSH|~\\&|LIS||||20260401||ORU^R01|M2|P|2.4\rPID|1".to_owned(), Code::Ae, "MSH[1]-2", "M2"),
        ("MSH|^~\\&|LIS||||20260401||ORM^O01|M3|P|2.4\r".to_owned(), Code::Ar, "MSH[1]-9", "M3"),
        ("PID|1||ZY1\r".to_owned(), Code::Ae, "MSH[1]", ""),
        (message(&format!("{PID}OBR|1||F1|CBC\r{obx}")), Code::Ae, "OBR[1]-7", "M1"),
        (message(&format!("{PID}OBR|1|||CBC|||20260401\r{obx}")), Code::Ae, "OBR[1]-3", "M1"),
        (message(&format!("PID|1||P-001^^^t^ANON~p-001^^^XQ^MR\r{OBR}{obx}")), Code::Ae, "PID[1]-3", "M1"),
        (message(&format!("PID|1||P-001^^^^ANON\r{OBR}{obx}")), Code::Ae, "PID[1]-3", "M1"),
        (
            message(&format!("{PID}{OBR}{obx}OBX|2|NM|{}^^LN||1||||||F\r", "7".repeat(200))),
            Code::Ae,
            "OBX[2]-3",
            "M1",
        ),
    ] {
        let report = read(bytes.as_bytes());
        let (found, problems) = answered(&report);
        assert_eq!((found, problems.len()), (code, 1), "{problems:?}");
        assert!(problems[0].starts_with(place), "{place}: {problems:?}");
        let answer = &report.message.as_ref().unwrap().answer;
        let msa = format!("\rMSA|{code}|{control}");
        assert!(answer.contains(msa.trim_end_matches('|')) && answer.contains("\rERR|"), "{answer:?}");
        let taken = report.parts.iter().flat_map(|part| &part.findings);
        let taken = taken.filter(|finding| matches!(finding, Finding::Read(_))).count();
        assert_eq!(taken, usize::from(place == "OBX[2]-3"), "of the others nothing is used: {place}");
    }
}

#[test]
fn faults_of_frames_are_told_with_the_messages_id() {
    let bytes = message(PID);
    for (fault, code) in [(Fault::Broken, Code::Ar), (Fault::TooLong, Code::Ae)] {
        let report = Reader::new(&feed(), &key(), now()).read(bytes.as_bytes(), Some(fault));
        let kept = report.message.unwrap();
        assert_eq!((kept.code, kept.text.as_str()), (code, ""));
        assert!(kept.answer.contains(&format!("\rMSA|{code}|M1\r")), "{}", kept.answer);
        assert!(report.parts.is_empty());
    }
    assert!(not_taken(bytes.as_bytes(), "labs does not answer", now()).contains("\rMSA|AR|M1\r"));
}

#[test]
fn quality_control_is_kept_and_never_used() {
    let obx = "OBX|1|NM|777-3^^LN||200|10*9/L|||||F\r";
    let header = |eleven: &str, sixteen: &str| {
        format!(
            "MSH|^~\\&|Mindray|BC-6800|||20260401||ORU^R01|M1|{eleven}|2.3.1||||{sixteen}\r{PID}{OBR}{obx}"
        )
    };
    for (eleven, sixteen, purpose, parts) in [
        ("P", "0", Purpose::Patient, 1),
        ("P", "1", Purpose::Calibration, 0),
        ("P", "2", Purpose::QualityControl, 0),
        ("T", "", Purpose::NotProduction, 0),
    ] {
        let report = read(header(eleven, sixteen).as_bytes());
        let kept = report.message.as_ref().unwrap();
        assert_eq!((kept.code, kept.purpose, report.parts.len()), (Code::Aa, Some(purpose), parts));
        assert!(kept.text.contains("|200|"), "recorded");
    }
}

#[test]
fn a_merge_is_two_hashes() {
    let text = "MSH|^~\\&|HIS|XQ|||20260401||ADT^A40^ADT_A39|M1|P|2.5\rEVN|A40\rPID|1||ZY1^^^XQ^MR\rMRG|ZY2^^^XQ^MR\r";
    let report = read(text.as_bytes());
    assert_eq!(report.merges, [Merge { stays: key().number("ZY1"), goes: key().number("ZY2") }]);
    assert!(read(text.replace("|P|", "|T|").as_bytes()).merges.is_empty(), "a training's merge is none");
}

#[test]
fn the_same_bytes_are_the_same_message() {
    let text = message(&format!("{PID}{OBR}"));
    assert_eq!(read(text.as_bytes()).request, read(text.as_bytes()).request);
    let other = message(&format!("{PID}{OBR}OBX|1|NM|777-3^^LN||12|||||F\r"));
    assert_ne!(read(text.as_bytes()).request, read(other.as_bytes()).request, "analyzers count anew");
}

proptest::proptest! {
    /// F26: bytes of any kind are answered, and nothing of them panics.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let report = read(&bytes);
        proptest::prop_assert!(Cut::cut(&report.message.unwrap().answer).is_ok());
        proptest::prop_assert!(report.parts.is_empty());
    }

    /// A message with a piece of it replaced: answered, and each of its findings accounted for.
    #[test]
    fn a_damaged_message_is_answered(from in 0_usize..400, length in 0_usize..40, piece in "[|^~&\\\\\r\nA-Z0-9]{0,12}") {
        let obx = "OBX|1|NM|777-3^PLT^LN||12|10*9/L|125-350|L~A|||F\rOBX|2|SN|751-8^ANC^LN||<^0.1|10*9/L||L|||C";
        let mut text = message(&format!("{PID}{OBR}{obx}"));
        let within = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (from, past) = (within(from), within(from + length));
        text.replace_range(from..past.max(from), &piece);
        let report = read(text.as_bytes());
        let places = report.message.as_ref().unwrap().findings.len();
        proptest::prop_assert_eq!(places, report.analytes());
        proptest::prop_assert!(Cut::cut(&report.message.unwrap().answer).is_ok());
    }
}
