//! The only program: one service, all of them, the demo, or a tool, as the command line says.

use std::process::ExitCode;

fn main() -> ExitCode {
    holdpoint::cli::main()
}
