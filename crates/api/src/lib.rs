//! The contract: what prost and tonic make of `proto/`, the descriptor set for reflection, the table of permissions read
//! from the option beside each rpc, and the names of the events. Nothing else.

/// Serialized `FileDescriptorSet` of every package, with options and comments.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

/// Who may call one rpc, as stated beside it in its .proto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// `/holdpoint.dosing.v1.Dosing/StartInfusion`
    pub path: &'static str,
    /// Full name of the request message.
    pub input: &'static str,
    /// `dosing.infusion.start`; empty when the rpc states none, and then nobody may call it.
    pub permission: &'static str,
    /// Numbers of [`common::v1::Role`].
    pub roles: &'static [i32],
    /// It changes something: request id and journal row required.
    pub mutating: bool,
    /// A person's refused act is journaled.
    pub gate: bool,
    /// Never shed because others fill the server.
    pub urgent: bool,
}

/// Every rpc of every package.
pub const METHODS: &[Method] = include!(concat!(env!("OUT_DIR"), "/methods.rs"));

/// Full name of every message that a package publishes: what its `events.proto` holds.
pub const EVENTS: &[&str] = include!(concat!(env!("OUT_DIR"), "/events.rs"));

/// Whether this contract knows the type as one that the service publishes; else it is a later version's, or another's.
pub fn is_event_of(service: &str, kind: &str) -> bool {
    let own = kind.strip_prefix("holdpoint.").and_then(|rest| rest.strip_prefix(service));
    own.is_some_and(|rest| rest.starts_with('.')) && EVENTS.contains(&kind)
}

/// Words shared by all packages.
pub mod common {
    pub mod v1 {
        tonic::include_proto!("holdpoint.common.v1");
    }
}

/// Enrollment's commands, queries and events.
pub mod enrollment {
    pub mod v1 {
        tonic::include_proto!("holdpoint.enrollment.v1");
    }
}

/// Dosing's commands, queries and events.
pub mod dosing {
    pub mod v1 {
        tonic::include_proto!("holdpoint.dosing.v1");
    }
}

/// Safety's commands, queries and events.
pub mod safety {
    pub mod v1 {
        tonic::include_proto!("holdpoint.safety.v1");
    }
}

/// Labs' commands, queries and events.
pub mod labs {
    pub mod v1 {
        tonic::include_proto!("holdpoint.labs.v1");
    }
}

/// Followup's commands, queries and events.
pub mod followup {
    pub mod v1 {
        tonic::include_proto!("holdpoint.followup.v1");
    }
}

/// The journal every service keeps: its rows, its heads, what peers remember of each other.
pub mod journal {
    pub mod v1 {
        tonic::include_proto!("holdpoint.journal.v1");
    }
}

#[cfg(test)]
mod tests {
    use super::is_event_of;

    #[test]
    fn an_event_is_its_own_services_only() {
        assert!(is_event_of("safety", "holdpoint.safety.v1.HoldPlaced"));
        assert!(!is_event_of("dosing", "holdpoint.safety.v1.HoldPlaced"));
        assert!(!is_event_of("safe", "holdpoint.safety.v1.HoldPlaced"));
        assert!(!is_event_of("safety", "holdpoint.safety.v1.HoldForgotten"));
        assert!(!is_event_of("safety", "holdpoint.safety.v1.PlaceHoldRequest"), "a request is no event");
    }
}
