//! Messages of HL7 as a laboratory would send them, in few words.

/// A message of results by its id and segments after the header.
pub fn results(control: &str, segments: &[&str]) -> Vec<u8> {
    let head = format!("MSH|^~\\&|LIS|XQ|HP|XQ|20260401093000||ORU^R01^ORU_R01|{control}|P|2.5.1");
    [&[head.as_str()], segments].concat().join("\r").into_bytes()
}

/// A patient by the hospital's number.
pub fn pid(number: &str) -> String {
    format!("PID|1||{number}^^^XQ^MR||张三^San||19800102|F")
}

/// An order whose specimen was taken at nine that day; said at a minute past nine.
pub fn obr(order: &str, minute: u8) -> String {
    format!("OBR|1||{order}|CBC|||20260401090000|||||||||||||||2026040109{minute:02}|||F")
}

/// A count of platelets.
pub fn platelets(value: &str, unit: &str, status: char) -> String {
    format!("OBX|1|NM|777-3^PLT^LN||{value}|{unit}|125-350|L|||{status}")
}

/// One count of one patient in one message.
pub fn count(control: &str, number: &str, order: &str, value: &str) -> Vec<u8> {
    results(control, &[&pid(number), &obr(order, 20), &platelets(value, "10*9/L", 'F')])
}

/// The record of one number went up in that of another.
pub fn merge(control: &str, stays: &str, goes: &str) -> Vec<u8> {
    let head = format!("MSH|^~\\&|HIS|XQ|HP|XQ|20260401093000||ADT^A40^ADT_A39|{control}|P|2.5.1");
    [head, "EVN|A40".to_owned(), pid(stays), format!("MRG|{goes}^^^XQ^MR")].join("\r").into_bytes()
}
