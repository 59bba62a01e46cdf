//! Which finding is of which order of whom; what leaves that open is refused.

use super::*;

fn cut(segments: &str) -> String {
    format!("MSH|^~\\&|LIS||||20240101||ORU^R01|1|P|2.5.1\r{segments}")
}

fn refusal(segments: &str) -> String {
    let text = cut(segments);
    let message = Message::cut(&text).unwrap();
    read(&message).unwrap_err().place.to_string()
}

#[test]
fn findings_belong_to_the_order_before_them() {
    let text = cut(
        "PID|1||N1^^^H^MR\rORC|RE||F1\rOBR|1|||CBC|||20240102\rOBX|1\rNTE|1\rOBX|2\rSPM|1|P1&H^S1&L|||||||||||||||20240103\r\
                    OBR|2||F2|ALT\rOBX|1\rPID|2||N2\rOBR|1||F3\rOBX|1|||||||||||||20240104",
    );
    let message = Message::cut(&text).unwrap();
    let patients = read(&message).unwrap();
    assert_eq!(patients.len(), 2);
    let fillers: Vec<_> =
        patients[0].orders.iter().map(|order| (order.filler(), order.observations.len())).collect();
    assert_eq!(fillers, [("F1".into(), 2), ("F2".into(), 1)]);
    assert_eq!(patients[0].orders[0].specimen_id(), "S1");
    assert_eq!(patients[0].orders[1].specimen_id(), "");
    assert_eq!(patients[1].patient.unwrap().hospital_number().unwrap(), "N2");
    let day = |patient: usize, order: usize| {
        let order: &Order<'_> = &patients[patient].orders[order];
        order.taken_at(&order.observations[0]).unwrap().map(|time| time.from.day())
    };
    assert_eq!((day(0, 0), day(0, 1)), (Some(2), None));
}

#[test]
fn the_specimens_time_is_the_last_to_be_asked() {
    let text =
        cut("PID|1||N1\rOBR|1\rOBX|1\rOBX|2|||||||||||||20240105\rSPM|1||||||||||||||||20240103^20240104");
    let message = Message::cut(&text).unwrap();
    let patients = read(&message).unwrap();
    let order = &patients[0].orders[0];
    let days: Vec<_> =
        order.observations.iter().map(|one| order.taken_at(one).unwrap().unwrap().from.day()).collect();
    assert_eq!(days, [3, 5]);
}

#[test]
fn what_leaves_open_whose_a_finding_is_is_refused() {
    for (segments, place) in [
        ("PID|1\rOBX|1", "OBX[1]"),
        ("PID|1\rSPM|1", "SPM[1]"),
        ("PID|1\rPID|2\rOBR|1\rOBX|1", "PID[2]"),
        ("OBR|1\rOBX|1\rPID|1\rOBR|2", "PID[1]"),
        ("PID|1\rNTE|1", "NTE[1]"),
        ("PID|1\rOBR|1\rOBX|1\rPID|2\rOBX|1", "OBX[2]"),
    ] {
        assert_eq!(refusal(segments), place, "{segments}");
    }
}

#[test]
fn one_number_is_the_hospitals() {
    for (ids, expected) in [
        ("N1", Some("N1")),
        ("N1^^^H^MR~123^^^S^SS", Some("N1")),
        ("^^^^JHN~N1^^^H^MR", Some("N1")),
        ("N1^^^H^MR~N1^^^H^MR", Some("N1")),
        ("N1^^^H^PI", Some("N1")),
        ("N1^^^H^MR~N2^^^K^MR", None),
        ("N1^^^H^PI~N2^^^H^AN", None),
        ("N1^^^H^MR~N1^^^H^PI", None),
        ("\"\"", None),
        ("^^^H^MR", None),
    ] {
        let text = cut(&format!("PID|1||{ids}\rOBR|1"));
        let message = Message::cut(&text).unwrap();
        let patient = read(&message).unwrap()[0].patient.unwrap();
        let found = patient.hospital_number().map_err(|problem| problem.to_string());
        assert_eq!(found.as_deref().ok(), expected, "{ids}");
        if let Err(said) = found {
            assert!(said.starts_with("PID[1]-3: ") && !said.contains("N1"), "{said}");
        }
    }
}

#[test]
fn each_finding_is_read_by_itself() {
    let text = cut(
        "PID|1||N1\rOBR|1\rOBX|1|NM|PLT^Platelets^99MRC^777-3^^LN|a|12|10*9/L^^UCUM|125-350|L~^A~HH^x|||F\r\
                    OBX|2|NM|10028^^99MRC||*****|^giga|||||Z\rOBX|3|XX|777-3^^LN||1|||||||\rOBX|4||777-3^^LN||1\rOBX|5|NM|^Platelets||1||||||P",
    );
    let message = Message::cut(&text).unwrap();
    let patients = read(&message).unwrap();
    let [first, local, odd, typeless, codeless] = patients[0].orders[0].observations.as_slice() else {
        panic!()
    };
    let code = first.code().unwrap();
    assert_eq!((code.code.as_ref(), code.system.as_ref()), ("777-3", "LN"));
    assert_eq!(first.flags().collect::<Vec<_>>(), ["L", "HH"]);
    assert_eq!(
        (first.sub_id(), first.unit(), first.range()),
        ("a".into(), "10*9/L".into(), "125-350".into())
    );
    assert_eq!(first.status(), Ok(crate::observation::Status::Final));
    assert_eq!(local.code().unwrap().system, "99MRC");
    assert_eq!((local.value().unwrap(), local.unit()), ("*****".into(), "giga".into()));
    for (problem, said) in [
        (local.status().unwrap_err(), "OBX[2]-11[1].1: found \"Z\"; allowed: C"),
        (odd.status().unwrap_err(), "OBX[3]-11[1].1: no status"),
        (odd.value().unwrap_err(), "OBX[3]-2: found \"XX\"; allowed: NM"),
        (typeless.value().unwrap_err(), "OBX[4]-2: a value without its type"),
        (codeless.code().unwrap_err(), "OBX[5]-3: no code"),
    ] {
        assert!(problem.to_string().starts_with(said), "{problem}");
    }
}

#[test]
fn a_trials_code_is_no_hospital_number() {
    let text = cut("PID|||P-017^^^pgf-msc&1.2&ISO^ANON~ZY1\rOBR|1\rPID|||P-018^^^pgf-msc^ANON\rOBR|1\r\
                    PID|||a^^^t^ANON~b^^^t^ANON\rOBR|1");
    let message = Message::cut(&text).unwrap();
    let patients = read(&message).unwrap();
    let [both, code, two] = [0, 1, 2].map(|place| patients[place].patient.unwrap());
    let known = both.subject_code().unwrap().unwrap();
    assert_eq!((known.number.as_ref(), known.authority.as_ref()), ("P-017", "pgf-msc"));
    assert_eq!(both.hospital_number().unwrap(), "ZY1");
    assert!(both.is_numbered() && !code.is_numbered());
    assert!(code.hospital_number().is_err());
    assert_eq!(two.subject_code().unwrap_err().place.to_string(), "PID[3]-3");
}
