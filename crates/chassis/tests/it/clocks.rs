//! The machine's clocks moved apart, and civil clocks that never go back.

use std::time::Duration;

use holdpoint_chassis::clock::{
    CivilClock, FileCivilClock, MachineClock, TestMachine, VirtualCivilClock, WallCivilClock,
};
use jiff::Timestamp;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn a_life_is_counted_by_the_clock_that_ran_further() {
    let machine = TestMachine::default();
    let clock = MachineClock::test(&machine);
    let mark = clock.mark();
    let (s, of) = (Duration::from_secs, |clock: &MachineClock| (clock.since(&mark), clock.boot_since(&mark)));
    machine.advance(s(2));
    assert_eq!(of(&clock), (s(2), s(2)));
    machine.advance_wall(s(60));
    assert_eq!(of(&clock), (s(62), s(2)), "boot stood still while the wall ran");
    machine.step_wall_back(s(3_600));
    assert_eq!(of(&clock), (s(2), s(2)), "a wall stepped back shortens nothing");
    machine.advance_boot(s(10));
    assert_eq!(of(&clock), (s(12), s(12)));
    let later = clock.mark();
    machine.step_wall_back(s(5));
    assert_eq!(clock.since(&later), Duration::ZERO, "never negative");
}

#[test]
fn the_real_clocks_run() {
    let clock = MachineClock::new();
    let mark = clock.mark();
    while clock.since(&mark).is_zero() {
        std::hint::spin_loop();
    }
    assert!(clock.boot_since(&mark) < Duration::from_secs(3_600));
    assert!(clock.wall() > second(1_700_000_000));
    assert!(WallCivilClock.now() > second(1_700_000_000));
}

#[test]
fn virtual_time_moves_only_forward_and_is_shared() {
    let clock = VirtualCivilClock::at(second(1_000));
    let shared = clock.clone();
    assert_eq!(clock.advance(Duration::from_secs(5)), second(1_005));
    assert_eq!(shared.set(second(900)), second(1_005));
    assert_eq!(shared.set(second(2_000)), second(2_000));
    assert_eq!(clock.now(), second(2_000));
    assert_eq!(clock.advance(Duration::MAX), Timestamp::MAX, "the calendar's end, not a wrap");
}

#[test]
fn a_file_shares_virtual_time_between_processes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("civil");
    assert!(FileCivilClock::open(&path).is_err(), "an absent clock does not start");
    std::fs::write(&path, "tomorrow").unwrap();
    assert!(FileCivilClock::open(&path).unwrap_err().to_string().contains("whole number"));
    FileCivilClock::write(&path, second(1_000)).unwrap();
    let clock = FileCivilClock::open(&path).unwrap();
    FileCivilClock::write(&path, second(2_000)).unwrap();
    assert_eq!(clock.now(), second(2_000));
    FileCivilClock::write(&path, second(500)).unwrap();
    assert_eq!(clock.now(), second(2_000), "never back");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(clock.now(), second(2_000), "the last good reading");
}
