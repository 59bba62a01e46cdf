//! A collector of traces: takes what processes send over OTLP, and keeps it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// One span as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The trace, hexadecimal.
    pub trace: String,
    /// What it is called.
    pub name: String,
    /// The process that sent it: "holdpoint-safety".
    pub process: String,
    /// Its attributes as texts, "name=value".
    pub attributes: Vec<String>,
}

impl Span {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|text| text.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The collector. Clones are the same one.
#[derive(Clone, Default)]
pub struct Collector {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    spans: Vec<Span>,
    /// Everything that arrived, as `Debug` writes it: whatever is in a message is in here.
    text: String,
}

impl Collector {
    /// Listens on a free port. Answers its address too.
    pub async fn open() -> anyhow::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let collector = Self::default();
        let service = TraceServiceServer::new(collector.clone()).max_decoding_message_size(64 << 20);
        let serving = Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(serving);
        Ok((collector, address))
    }

    /// The spans so far.
    pub fn spans(&self) -> Vec<Span> {
        self.kept().spans.clone()
    }

    /// All that arrived, as one text.
    pub fn text(&self) -> String {
        self.kept().text.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        let mut kept = self.kept();
        kept.text.push_str(&format!("{request:?}\n"));
        for resource in &request.resource_spans {
            let of = resource.resource.iter().flat_map(|resource| &resource.attributes).map(text);
            let process = of.filter_map(|text| text.strip_prefix("service.name=").map(str::to_owned)).next();
            let spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
            let spans = spans.map(|span| Span {
                trace: hex::encode(&span.trace_id),
                name: span.name.clone(),
                process: process.clone().unwrap_or_default(),
                attributes: span.attributes.iter().map(text).collect(),
            });
            kept.spans.extend(spans);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn text(pair: &KeyValue) -> String {
    let value = match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    format!("{}={value}", pair.key)
}
