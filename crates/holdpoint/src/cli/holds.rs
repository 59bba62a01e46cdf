//! `holdpoint holds`: lists a trial's holds, follows one as it goes on, and writes it down as a document. 0 where the promise was kept,
//! 1 where it was not, 3 where safety could not be asked.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use holdpoint_api::safety::v1::{GetSuspensionBoardRequest, ListHoldsRequest, WatchSuspensionRequest};
use holdpoint_chassis::identity::Role;
use tonic::{Code, Status};

use super::reading::Reading;
use crate::board::{Document, html};
use crate::client::{Person, passes};

/// The exit code where no answer came.
const FAULT: u8 = 3;
/// Between the end of one stream and the opening of the next.
const PAUSE: Duration = Duration::from_millis(500);

/// What to do with holds.
#[derive(Debug, Subcommand)]
pub(super) enum Holds {
    /// Lists the holds of a trial that stand
    List(List),
    /// Follows one hold until its release: each service's check, what is in flight, whose silence was told
    Watch(Watch),
    /// Writes one hold down on one page: what an ethics committee files
    Document(Write),
}

/// The flags of `holds list`.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    asks: Asks,
    /// Released holds too
    #[arg(long)]
    all: bool,
    /// Prints one JSON array
    #[arg(long)]
    json: bool,
}

/// The flags of `holds watch`.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The hold
    hold: String,
    #[command(flatten)]
    asks: Asks,
    /// Prints each board as one JSON object a line
    #[arg(long)]
    json: bool,
}

/// The flags of `holds document`.
#[derive(Debug, Args)]
pub(super) struct Write {
    /// The hold
    hold: String,
    #[command(flatten)]
    asks: Asks,
    /// Prints one JSON object
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Prints one HTML page, for a browser or for paper
    #[arg(long)]
    html: bool,
    /// The zone of the page's times
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
}

/// Who asks.
#[derive(Debug, Args)]
struct Asks {
    #[command(flatten)]
    reading: Reading,
    /// In which role: safety-officer, principal-investigator, board-member or auditor
    #[arg(long, default_value = "safety-officer")]
    role: Role,
}

impl Holds {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let done = match &self {
            Self::List(list) => list.run().await,
            Self::Watch(watch) => watch.run().await,
            Self::Document(write) => write.run().await,
        };
        done.or_else(|cause| {
            eprintln!("holdpoint: {cause:#}");
            Ok(ExitCode::from(FAULT))
        })
    }
}

impl Asks {
    fn reader(&self) -> anyhow::Result<Person> {
        self.reading.reader(self.role)
    }

    async fn document(&self, reader: &Person, hold: &str) -> anyhow::Result<Document> {
        let request = GetSuspensionBoardRequest { trial: self.reading.trial.clone(), hold: hold.to_owned() };
        let board = reader.safety.clone().get_suspension_board(request).await.map_err(told)?;
        Document::of(board.get_ref())
    }
}

impl List {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let reader = self.asks.reader()?;
        let trial = self.asks.reading.trial.clone();
        let request = ListHoldsRequest { trial: trial.clone(), include_released: self.all };
        let found = reader.safety.clone().list_holds(request).await.map_err(told)?.into_inner();
        let mut documents = Vec::new();
        for hold in &found.holds {
            documents.push(self.asks.document(&reader, &hold.hold).await?);
        }
        if self.json {
            println!("{}", serde_json::to_string(&documents)?);
            return Ok(ExitCode::SUCCESS);
        }
        for document in &documents {
            let Document { hold, state, covers, reason, in_flight, .. } = document;
            println!("{hold}  {state:<9}  {covers}: {reason}; {} in flight", in_flight.len());
        }
        println!("{} holds {} {trial}", documents.len(), if self.all { "of" } else { "stand in" });
        Ok(ExitCode::SUCCESS)
    }
}

impl Watch {
    /// A stream ends with its token, and when safety stops: it is opened again until the hold is released.
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let reader = self.asks.reader()?;
        let (mut printed, mut said) = (None, String::new());
        loop {
            match self.follow(&reader, &mut printed).await {
                Ok(Some(last)) => return Ok(exit(&last)),
                Ok(None) => {}
                Err(status) if passes(&status) || status.code() == Code::Unauthenticated => {
                    if said != status.message() {
                        said = status.message().to_owned();
                        eprintln!("holdpoint: {said}; asking again");
                    }
                }
                Err(status) => return Err(told(status)),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One stream. Answers the board of the released hold, where it came so far.
    async fn follow(
        &self,
        reader: &Person,
        printed: &mut Option<Document>,
    ) -> Result<Option<Document>, Status> {
        let request =
            WatchSuspensionRequest { trial: self.asks.reading.trial.clone(), hold: self.hold.clone() };
        let mut boards = reader.safety.clone().watch_suspension(request).await?.into_inner();
        while let Some(board) = boards.message().await? {
            let document = Document::of(&board).map_err(|cause| Status::internal(cause.to_string()))?;
            if printed.as_ref() != Some(&document) {
                self.print(&document);
            }
            if document.is_over() {
                return Ok(Some(document));
            }
            *printed = Some(document);
        }
        Ok(None)
    }

    fn print(&self, document: &Document) {
        match serde_json::to_string(document) {
            Ok(line) if self.json => println!("{line}"),
            _ => println!("{document}\n"),
        }
    }
}

impl Write {
    async fn run(&self) -> anyhow::Result<ExitCode> {
        let reader = self.asks.reader()?;
        let document = self.asks.document(&reader, &self.hold).await?;
        if self.json {
            println!("{}", serde_json::to_string(&document)?);
        } else if self.html {
            print!("{}", html(&document, &self.time_zone)?);
        } else {
            println!("{document}");
        }
        Ok(exit(&document))
    }
}

fn exit(document: &Document) -> ExitCode {
    if document.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(status: Status) -> anyhow::Error {
    anyhow::anyhow!("safety did not answer: {}", status.message())
}
