//! Logs for people and machines, and one trace from a call through every service and event it causes. Nothing that
//! names a person is logged or traced: see [`crate::phi`].

mod line;
pub mod propagation;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::config::{LogFormat, TelemetrySettings};

/// What is traced, whatever is logged: the log's level must not decide what a collector sees.
const TRACED: &str = "info";

/// Ends telemetry in order: spans still held are sent before the process leaves.
#[must_use = "dropping it at once would end telemetry at once"]
pub struct Telemetry {
    provider: SdkTracerProvider,
}

impl Telemetry {
    /// Sends what is held. Blocks for a moment, so it runs where blocking is allowed.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

/// Starts logs and traces for the whole process; within a runtime, since the exporter needs one. Fails when something
/// else was started before.
pub fn start(settings: &TelemetrySettings, service: &str) -> anyhow::Result<Telemetry> {
    let level: Targets = settings.level.parse().context("telemetry.level names no level")?;
    let provider = provider(settings, service)?;
    let traced: Targets = TRACED.parse().context("the traced level")?;
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("holdpoint")).with_filter(traced);
    tracing_subscriber::registry()
        .with(lines(settings.format, std::io::stderr).with_filter(level))
        .with(traces)
        .try_init()
        .context("logging was started before")?;
    Ok(Telemetry { provider })
}

/// Spans carry ids even where nobody collects them, so that log lines of one call can be found in every service.
fn provider(settings: &TelemetrySettings, service: &str) -> anyhow::Result<SdkTracerProvider> {
    let resource = Resource::builder().with_service_name(format!("holdpoint-{service}")).build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    Ok(match &settings.otlp_endpoint {
        None => builder.build(),
        Some(endpoint) => {
            let exporter = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .build()
                .with_context(|| format!("cannot send traces to {endpoint}"))?;
            builder.with_batch_exporter(exporter).build()
        }
    })
}

/// One line an event, in either form.
fn lines<W>(format: LogFormat, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(line::OneLine(writer));
    match format {
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Human => layer.with_ansi(false).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use crate::phi::Phi;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(format: LogFormat, log: impl FnOnce()) -> String {
        let kept = Kept::default();
        tracing::subscriber::with_default(Registry::default().with(lines(format, kept.clone())), log);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_log_line_stays_one_line_and_hides_personal_data() {
        let evil = "one\r\ntwo \u{1b}[31mred\u{7}";
        for format in [LogFormat::Json, LogFormat::Human] {
            let text = logged(format, || {
                tracing::info!(name = evil, subject = ?Phi::new("QXZ"), "told: {evil}");
            });
            assert_eq!(text.matches('\n').count(), 1, "{format:?}: {text:?}");
            assert!(!text.contains(['\r', '\u{1b}', '\u{7}']), "{format:?}: {text:?}");
            assert!(!text.contains("QXZ") && text.contains("Phi(hidden)"), "{text}");
        }
    }
}
