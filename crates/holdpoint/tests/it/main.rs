//! The program as people meet it: its command line, and the demo from beginning to end.

mod cli;
mod demo;
mod program;
