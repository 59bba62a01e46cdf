//! Compiles `proto/` without a protoc: messages, services, the descriptor set for reflection, the table of who may call
//! what, read from the option beside each rpc, and the names of what the packages publish.

use std::{env, error::Error, fmt::Write as _, fs, path::Path, path::PathBuf};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let files = proto_files(root)?;
    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(&files)?;
    let bytes = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("descriptor.bin"), &bytes)?;
    fs::write(out.join("methods.rs"), methods(&DescriptorPool::decode(bytes.as_slice())?)?)?;
    let set = prost_types::FileDescriptorSet::decode(bytes.as_slice())?;
    fs::write(out.join("events.rs"), format!("&{:?}", events(&set)))?;
    tonic_prost_build::configure()
        .build_transport(true)
        .btree_map(".")
        .emit_rerun_if_changed(false)
        .compile_fds(set)?;
    Ok(())
}

fn proto_files(root: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "proto") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Full names of the messages that the packages publish.
fn events(set: &prost_types::FileDescriptorSet) -> Vec<String> {
    let published = set.file.iter().filter(|file| file.name().ends_with("/events.proto"));
    let names = published.flat_map(|file| {
        file.message_type.iter().map(move |message| format!("{}.{}", file.package(), message.name()))
    });
    names.collect()
}

/// One line of the `METHODS` table for each rpc; an rpc without the option gets no roles, so nobody may call it.
fn methods(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let access =
        pool.get_extension_by_name("holdpoint.common.v1.access").ok_or("the access option is missing")?;
    let mut text = String::from("&[\n");
    for service in pool.services() {
        for method in service.methods() {
            let path = format!("/{}/{}", service.full_name(), method.name());
            let options = method.options();
            let stated = options.has_extension(&access).then(|| options.get_extension(&access).into_owned());
            let stated = match stated {
                Some(Value::Message(message)) => Some(message),
                _ => None,
            };
            writeln!(text, "{},", line(&path, &method, stated.as_ref()))?;
        }
    }
    text.push(']');
    Ok(text)
}

fn line(path: &str, method: &MethodDescriptor, access: Option<&DynamicMessage>) -> String {
    let flag = |name: &str| {
        access.and_then(|a| a.get_field_by_name(name)).and_then(|v| v.as_bool()).unwrap_or_default()
    };
    let permission = access
        .and_then(|a| a.get_field_by_name("permission"))
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    let roles: Vec<String> = access
        .and_then(|a| a.get_field_by_name("roles"))
        .and_then(|v| v.as_list().map(|l| l.iter().filter_map(Value::as_enum_number).collect::<Vec<_>>()))
        .unwrap_or_default()
        .iter()
        .map(i32::to_string)
        .collect();
    format!(
        "Method {{ path: {path:?}, input: {:?}, permission: {permission:?}, roles: &[{}], mutating: {}, gate: {}, urgent: {} }}",
        method.input().full_name(),
        roles.join(", "),
        flag("mutating"),
        flag("gate"),
        flag("urgent"),
    )
}
