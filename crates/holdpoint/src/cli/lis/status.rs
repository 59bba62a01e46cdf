//! `holdpoint lis status`: how the feeds of a trial do. 0 where none is silent, 1 where one is.

use std::process::ExitCode;

use clap::Args;
use holdpoint_api::labs::v1::{FeedHealth, GetFeedHealthRequest};
use holdpoint_chassis::identity::Role;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::reading::Reading;

/// The flags of `lis status`.
#[derive(Debug, Args)]
pub(in crate::cli) struct StatusOf {
    #[command(flatten)]
    reading: Reading,
    /// In which role: coordinator, principal-investigator, safety-officer or auditor
    #[arg(long, default_value = "coordinator")]
    role: Role,
    /// Prints one JSON array
    #[arg(long)]
    json: bool,
}

impl StatusOf {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let reader = self.reading.reader(self.role)?;
        let request = GetFeedHealthRequest { trial: self.reading.trial.clone() };
        let told = reader.labs.clone().get_feed_health(request).await;
        let told = told.map_err(|status| anyhow::anyhow!("labs did not answer: {}", status.message()))?;
        let feeds = told.into_inner().feeds;
        if self.json {
            println!("{}", serde_json::to_string(&feeds.iter().map(object).collect::<Vec<_>>())?);
        } else {
            feeds.iter().for_each(|feed| println!("{}", line(feed)));
        }
        let silent = feeds.iter().any(|feed| feed.silent);
        Ok(if silent { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn object(feed: &FeedHealth) -> serde_json::Value {
    json!({
        "feed": feed.feed, "name": feed.name, "last_at": moment(feed.last_at), "lag_s": feed.lag.map(|lag| lag.seconds),
        "accepted": feed.accepted, "errors": feed.errors, "rejected": feed.rejected, "repeated": feed.repeated,
        "last_refused_at": moment(feed.last_refused_at), "last_refused": feed.last_refused,
        "usual_silence_s": feed.usual_silence.map(|usual| usual.seconds), "silent": feed.silent,
    })
}

fn moment(at: Option<prost_types::Timestamp>) -> Option<String> {
    let at = at?;
    Timestamp::new(at.seconds, at.nanos).ok().map(|at| at.to_string())
}

fn line(feed: &FeedHealth) -> String {
    let state = if feed.silent { "SILENT" } else { "heard" };
    let last = moment(feed.last_at).unwrap_or_else(|| "never".to_owned());
    let lag = feed.lag.map(|lag| format!(", {} s after it was sent", lag.seconds)).unwrap_or_default();
    let usual =
        feed.usual_silence.map(|usual| format!(", usually within {} s", usual.seconds)).unwrap_or_default();
    let refused = match feed.last_refused.as_str() {
        "" => String::new(),
        what => format!("\n    last refused {}: {what}", moment(feed.last_refused_at).unwrap_or_default()),
    };
    format!(
        "{}  {state}  last {last}{lag}{usual}; {} accepted, {} with errors, {} rejected, {} repeated{refused}",
        feed.feed, feed.accepted, feed.errors, feed.rejected, feed.repeated
    )
}
