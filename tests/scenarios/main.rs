//! System tests over the real program: the evening before on every kind of house and in every trouble, starts that race a hold,
//! are retried or that nobody confirmed, faults of processes, lines, clocks, disks, database and bus, services that went back in
//! time, journals that were tampered with, callers that do everything wrong, every trial file played to its last visit, a
//! stranger's Python client, what a blind role meets, and the consistency report over runs in order and out of it.

mod abuse;
mod blinded;
mod cast;
mod consistency;
mod durability;
mod evening;
mod faults_bus;
mod faults_clocks;
mod faults_database;
mod faults_disk;
mod faults_partition;
mod faults_repeats;
mod faults_steps;
mod going_back;
mod parked;
mod plants;
mod python;
mod races;
mod ready;
mod starts;
mod tampering;
mod trials;
mod trouble;
mod whole;
