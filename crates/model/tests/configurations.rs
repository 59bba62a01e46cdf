//! Each small configuration is explored to its end: nothing breaks, and every path of H11 is reached.

use holdpoint_model::config::Config;
use holdpoint_model::explore::{Limits, explore};

fn is_clean(name: &str) {
    let Some(config) = Config::small().into_iter().find(|config| config.name == name) else {
        panic!("no small configuration is called {name}");
    };
    let found = explore(config, Limits::ALL);
    assert!(found.is_clean(), "{found:?}");
}

macro_rules! explored {
    ($($test:ident: $name:literal;)*) => {
        $(#[test]
        fn $test() {
            is_clean($name);
        })*

        #[test]
        fn none_is_left_out() {
            let names: Vec<&str> = Config::small().iter().map(|config| config.name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

explored! {
    plain: "plain";
    retries_and_crashes: "retries-and-crashes";
    doubled_asks: "doubled-asks";
    two_holds_and_a_release: "two-holds-and-a-release";
    partitions: "partitions";
    scope_change: "scope-change";
    clocks: "clocks";
    sealed_slot: "sealed-slot";
}
