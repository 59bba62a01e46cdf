//! Every published or stored shape has golden files: one for each form it ever had, never edited (house, habit 14).
//! A journal is read for as long as a trial's records are kept, so a field that was published keeps its number, name and
//! type for ever; a field that is added makes a further file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::{Finding, Tree};

const CHECK: &str = "shapes";
/// Where the golden files are: `<this>/<full name>.<form>.txt`.
const FOLDER: &str = "tests/golden/shapes";
/// Files whose messages are published.
const PUBLISHED: &str = "events.proto";
/// What the journal stores and sends.
const OF_THE_JOURNAL: [&str; 6] =
    ["Envelope", "Row", "RememberedRows", "IncarnationOpened", "RowParked", "RowSkipped"];
const JOURNAL: &str = "holdpoint.journal.v1";

/// A published message or enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// "holdpoint.dosing.v1.InfusionStarted"
    pub name: String,
    /// One line a field or value, by number: "3 subject: string".
    pub lines: Vec<String>,
}

/// Every published shape of the contract that this program was built with, with all that it is made of.
pub fn shapes() -> anyhow::Result<Vec<Shape>> {
    let set =
        FileDescriptorSet::decode(holdpoint_api::DESCRIPTOR).context("the descriptor set does not decode")?;
    let mut known = Known::default();
    let mut wanted = Vec::new();
    for file in &set.file {
        for message in &file.message_type {
            known.take(file.package(), message);
            let of_the_journal = file.package() == JOURNAL && OF_THE_JOURNAL.contains(&message.name());
            if file.name().ends_with(PUBLISHED) || of_the_journal {
                wanted.push(format!("{}.{}", file.package(), message.name()));
            }
        }
        let values =
            file.enum_type.iter().map(|one| (format!("{}.{}", file.package(), one.name()), values(one)));
        known.shapes.extend(values.map(|(name, lines)| (name, (lines, Vec::new()))));
    }
    let mut found = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        let Some((lines, parts)) = known.shapes.get(&name) else { continue };
        if found.insert(name, lines.clone()).is_none() {
            wanted.extend(parts.iter().cloned());
        }
    }
    let ours = found.into_iter().filter(|(name, _)| name.starts_with("holdpoint."));
    Ok(ours.map(|(name, lines)| Shape { name, lines }).collect())
}

/// Lines of each message and enumeration, and the types that it is made of.
#[derive(Default)]
struct Known {
    shapes: BTreeMap<String, (Vec<String>, Vec<String>)>,
}

impl Known {
    fn take(&mut self, package: &str, message: &DescriptorProto) {
        let name = format!("{package}.{}", message.name());
        let parts = message.field.iter().map(|field| field.type_name().trim_start_matches('.').to_owned());
        let mut fields: Vec<&FieldDescriptorProto> = message.field.iter().collect();
        fields.sort_by_key(|field| field.number());
        let lines = fields.into_iter().map(|field| line(message, field)).collect();
        self.shapes.insert(name.clone(), (lines, parts.collect()));
        message.nested_type.iter().for_each(|nested| self.take(&name, nested));
        let inner = message.enum_type.iter().map(|one| (format!("{name}.{}", one.name()), values(one)));
        self.shapes.extend(inner.map(|(name, lines)| (name, (lines, Vec::new()))));
    }
}

/// "5 of site: string, one of `of`"
fn line(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum | Type::Group => field.type_name().trim_start_matches('.').to_owned(),
        plain => plain.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    let repeated = if field.label() == Label::Repeated { "repeated " } else { "" };
    let optional = if field.proto3_optional() { "optional " } else { "" };
    let group = field.oneof_index.filter(|_| !field.proto3_optional());
    let group = group.and_then(|at| message.oneof_decl.get(usize::try_from(at).ok()?));
    let group = group.map(|group| format!(", one of {}", group.name())).unwrap_or_default();
    format!("{} {}: {repeated}{optional}{kind}{group}", field.number(), field.name())
}

fn values(one: &EnumDescriptorProto) -> Vec<String> {
    let mut values: Vec<_> = one.value.iter().map(|value| (value.number(), value.name())).collect();
    values.sort_unstable();
    values.into_iter().map(|(number, name)| format!("{number} {name}")).collect()
}

/// The forms that a shape had, by number.
fn forms<'t>(tree: &'t Tree, name: &str) -> BTreeMap<u32, Vec<&'t str>> {
    let number = |path: &str| -> Option<u32> {
        path.strip_prefix(FOLDER)?
            .strip_prefix('/')?
            .strip_prefix(name)?
            .strip_prefix('.')?
            .strip_suffix(".txt")?
            .parse()
            .ok()
    };
    let found = tree.sources.iter().filter_map(|source| Some((number(&source.path)?, source)));
    found.map(|(number, source)| (number, source.text.lines().collect())).collect()
}

/// Shapes that changed, went away, or whose newest form is nowhere written down.
pub fn check(tree: &Tree, shapes: &[Shape]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = shapes.iter().flat_map(|shape| check_one(tree, shape)).collect();
    let names: BTreeSet<&str> = shapes.iter().map(|shape| shape.name.as_str()).collect();
    let golden = tree.sources.iter().filter_map(|source| source.path.strip_prefix(FOLDER)?.strip_prefix('/'));
    for file in golden {
        let name = file
            .trim_end_matches(".txt")
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .trim_end_matches('.');
        if !names.contains(name) {
            let what = "was published and is gone: journals hold it; leave it in the contract";
            findings.push(Finding::new(CHECK, name, what));
        }
    }
    findings
}

fn check_one(tree: &Tree, shape: &Shape) -> Vec<Finding> {
    let forms = forms(tree, &shape.name);
    let find = |what: String| Finding::new(CHECK, &shape.name, what);
    let mut findings = Vec::new();
    for (form, lines) in &forms {
        let gone = lines.iter().filter(|line| !shape.lines.iter().any(|now| now == *line));
        findings.extend(gone.map(|line| {
            find(format!(
                "form {form} has `{line}`, the contract has it no more: what was published never changes; \
                          add a field, or give the other shape a name of its own"
            ))
        }));
    }
    let newest = forms.values().next_back();
    let written =
        newest.is_some_and(|lines| lines.iter().copied().eq(shape.lines.iter().map(String::as_str)));
    if findings.is_empty() && !written {
        findings.push(find("its form is not written down: `cargo xtask golden` writes it".to_owned()));
    }
    findings
}

/// Writes the newest form of each shape that only grew. Answers the names of the files.
pub fn write(root: &Path, shapes: &[Shape]) -> anyhow::Result<Vec<String>> {
    let tree = Tree::read(root)?;
    let mut written = Vec::new();
    for shape in shapes {
        let forms = forms(&tree, &shape.name);
        let kept = |line: &&str| shape.lines.iter().any(|now| now == line);
        let newest = forms.last_key_value();
        let grew = newest.is_none_or(|(_, lines)| lines.len() < shape.lines.len());
        if grew && forms.values().flatten().all(kept) {
            let form = newest.map_or(1, |(form, _)| form + 1);
            let path = format!("{FOLDER}/{}.{form}.txt", shape.name);
            std::fs::create_dir_all(root.join(FOLDER))?;
            std::fs::write(root.join(&path), shape.lines.join("\n") + "\n").with_context(|| path.clone())?;
            written.push(path);
        }
    }
    Ok(written)
}
