//! Carries a trace across a boundary in the W3C form (`traceparent`): gRPC metadata, HTTP headers, and the string maps
//! of events. Baggage is not carried: it could take personal data where none belongs.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The one header, also the extension attribute of an event.
pub const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the current span; none where nothing is traced.
pub fn current() -> Option<String> {
    let mut carrier = BTreeMap::new();
    inject_map(&mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Puts the current trace into a map of strings: an event's headers.
pub fn inject_map(map: &mut BTreeMap<String, String>) {
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut Map(map));
}

/// Puts the current trace into gRPC metadata.
pub fn inject_metadata(metadata: &mut MetadataMap) {
    if let Some(value) = current().and_then(|text| text.parse().ok()) {
        metadata.insert(TRACEPARENT, value);
    }
}

/// Makes the span a child of the trace that a `traceparent` names. A text of another form changes nothing.
pub fn follow(span: &Span, traceparent: Option<&str>) {
    let Some(text) = traceparent else { return };
    let mut map = BTreeMap::from([(TRACEPARENT.to_owned(), text.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Map(&mut map));
    if context.span().span_context().is_valid() {
        // The one way it fails is that nothing is traced, and then there is nothing to follow.
        let _ = span.set_parent(context);
    }
}

/// The `traceparent` in HTTP or gRPC headers.
pub fn of_headers(headers: &HeaderMap<HeaderValue>) -> Option<&str> {
    headers.get(HeaderName::from_static(TRACEPARENT))?.to_str().ok()
}

/// The trace's id, for log lines; none where nothing is traced.
pub fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let id = context.span().span_context().trace_id();
    (id != opentelemetry::TraceId::INVALID).then(|| id.to_string())
}

struct Map<'a>(&'a mut BTreeMap<String, String>);

impl Injector for Map<'_> {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0.insert(key.to_owned(), value);
        }
    }
}

impl Extractor for Map<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn traced(test: impl FnOnce()) {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), test);
    }

    #[test]
    fn a_trace_crosses_a_boundary() {
        traced(|| {
            let span = tracing::info_span!("call");
            follow(&span, Some(PARENT));
            span.in_scope(|| {
                let onward = current().unwrap();
                assert!(onward.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{onward}");
                assert_ne!(onward, PARENT, "the span is a child, not the parent itself");
                let mut metadata = MetadataMap::new();
                inject_metadata(&mut metadata);
                assert_eq!(of_headers(&metadata.into_headers()), Some(onward.as_str()));
            });
            assert_eq!(trace_id(&span).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        });
    }

    #[test]
    fn a_text_of_another_form_starts_a_trace_of_its_own() {
        traced(|| {
            for text in
                ["", "00-zz-b7ad6b7169203331-01", "00-00000000000000000000000000000000-0000000000000000-01"]
            {
                let span = tracing::info_span!("call");
                follow(&span, Some(text));
                assert_ne!(trace_id(&span), None, "{text}");
            }
        });
        assert_eq!(current(), None, "nothing is traced here");
    }
}
