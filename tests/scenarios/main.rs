//! System tests over the real program: the evening before on every kind of house and in every trouble, starts that race a hold,
//! are retried or that nobody confirmed, faults of processes, lines, clocks, disks, database and bus, services that went back in
//! time, journals that were tampered with, callers that do everything wrong, every trial file played to its last visit, a
//! stranger's Python client, a laboratory's system on the listener, what a blind role meets, and the consistency report over runs in
//! order and out of it.

mod abuse;
mod abuse_words;
mod blinded;
mod canary;
mod cast;
mod consistency;
mod doctor;
mod durability;
mod evening;
mod faults_bus;
mod faults_clocks;
mod faults_database;
mod faults_disk;
mod faults_partition;
mod faults_power;
mod faults_repeats;
mod faults_steps;
mod going_back;
mod laboratory;
mod parked;
mod plants;
mod public_messages;
mod python;
mod races;
mod ready;
mod restore_drill;
mod starts;
mod tampering;
mod telemetry;
mod trials;
mod trouble;
mod whole;
