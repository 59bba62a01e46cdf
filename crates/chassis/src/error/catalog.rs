//! The chassis' own error table: what can go wrong with any call, whichever service it is for. Codes are never reused.

use super::{ErrorEntry, Reason, Severity};

/// The code told for every fault; the cause stays in the log.
pub const FAULT: &str = "SYS-0001";
/// The code of a call that was not finished before its deadline. Whether it took effect is not known.
pub const DEADLINE: &str = "SYS-0002";
/// The code of a call to an rpc that does not exist.
pub const UNKNOWN_CALL: &str = "SYS-0003";

/// No token, or one that is not valid.
pub const UNAUTHENTICATED: ErrorEntry = ErrorEntry::new(
    "SYS-0004",
    Reason::Unauthenticated,
    Severity::Warning,
    "The call carries no token, or one that is not valid.",
    "Get a token with `holdpoint token` and send it as `authorization: Bearer <token>`.",
);
/// A valid token whose roles do not allow the call.
pub const NOT_ALLOWED: ErrorEntry = ErrorEntry::new(
    "SYS-0005",
    Reason::PermissionDenied,
    Severity::Warning,
    "None of the caller's roles may make this call.",
    "Ask someone in one of the roles named, or an administrator for the role.",
);
/// The roles allow it, but no delegation in force does.
pub const NOT_DELEGATED: ErrorEntry = ErrorEntry::new(
    "SYS-0006",
    Reason::PermissionDenied,
    Severity::Warning,
    "No delegation in force lets the caller act in this role for this trial and site.",
    "Have the delegation recorded in enrollment.",
);
/// Two transactions changed the same thing at once.
pub const VERSION_RACE: ErrorEntry = ErrorEntry::new(
    "SYS-0007",
    Reason::Aborted,
    Severity::Info,
    "Another call changed the same record at the same time.",
    "Send the call again.",
);
/// Load was shed.
pub const SHED: ErrorEntry = ErrorEntry::new(
    "SYS-0008",
    Reason::ResourceExhausted,
    Severity::Warning,
    "The service or the caller has too many calls in flight.",
    "Wait as long as the answer says, then send the call again.",
);
/// A message over the size limit.
pub const TOO_LARGE: ErrorEntry = ErrorEntry::new(
    "SYS-0009",
    Reason::InvalidArgument,
    Severity::Warning,
    "The message is larger than 4 MiB.",
    "Send less at once.",
);
/// Bytes that are no such message.
pub const UNDECODABLE: ErrorEntry = ErrorEntry::new(
    "SYS-0010",
    Reason::InvalidArgument,
    Severity::Warning,
    "The request is no valid message of its type: broken bytes, or text that is not UTF-8.",
    "Build the request from the published .proto files.",
);
/// A peer that must answer did not.
pub const PEER_SILENT: ErrorEntry = ErrorEntry::new(
    "SYS-0011",
    Reason::Unavailable,
    Severity::Warning,
    "Another service that must answer first did not. No answer means no.",
    "Look at that service's health, then send the call again.",
);
/// The service is about to stop.
pub const DRAINING: ErrorEntry = ErrorEntry::new(
    "SYS-0012",
    Reason::Unavailable,
    Severity::Info,
    "The service is shutting down and takes no further calls.",
    "Connect again; another copy or the restarted service answers.",
);

/// Every entry, for the published list of errors.
pub const ERRORS: &[ErrorEntry] = &[
    UNAUTHENTICATED,
    NOT_ALLOWED,
    NOT_DELEGATED,
    VERSION_RACE,
    SHED,
    TOO_LARGE,
    UNDECODABLE,
    PEER_SILENT,
    DRAINING,
];
