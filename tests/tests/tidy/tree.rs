//! The files of the workspace: which there are, which are reached, which words must not stand in any of them.
//!
//! Owns: the walk. Refuses: links, and folders that hold what was built. Holds no state.

use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Folders that are no part of the project.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// Endings of the text files that people read.
const TEXTS: [&str; 13] =
    ["rs", "toml", "md", "txt", "yml", "yaml", "sh", "py", "service", "snap", "json", "jsonl", "patch"];

/// Every text file below the folder, by its path from there.
fn texts(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = entry.path();
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
                continue;
            }
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            let script = folder.ends_with(".ci");
            if kind.is_file() && (script || TEXTS.contains(&ending)) {
                let below = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(below, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Every Rust file as it is, by its path.
pub(crate) fn raw_sources(root: &Path) -> BTreeMap<String, Source> {
    let rust = texts(root).into_iter().filter(|(path, _)| path.ends_with(".rs"));
    rust.map(|(path, text)| (path.clone(), Source::new(&path, &text))).collect()
}

/// Every Rust file, those declared under `#[cfg(test)]` marked as tests.
pub(crate) fn sources(root: &Path) -> Vec<Source> {
    let mut all = raw_sources(root);
    let reached = reach(&all);
    for (path, source) in &mut all {
        if reached.get(path) == Some(&true) {
            source.make_test();
        }
    }
    all.into_values().collect()
}

/// Whether cargo itself starts at this file.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts.as_slice(),
        [_, "build.rs"]
            | [_, "src", "lib.rs" | "main.rs"]
            | [_, "src", "bin", _]
            | [_, "src", "bin", _, "main.rs"]
            | [_, "tests" | "benches" | "examples", _]
            | [_, "tests" | "benches" | "examples", _, "main.rs"]
    )
}

/// Files that are reached from a root, and whether only as tests.
fn reach(all: &BTreeMap<String, Source>) -> BTreeMap<String, bool> {
    let mut reached = BTreeMap::new();
    let mut next: Vec<(String, bool)> =
        all.keys().filter(|path| is_root(path)).map(|path| (path.clone(), false)).collect();
    while let Some((path, test)) = next.pop() {
        let known = reached.get(&path).copied();
        if known == Some(false) || known == Some(test) {
            continue;
        }
        reached.insert(path.clone(), test);
        let Some(source) = all.get(&path) else { continue };
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        let own = match file {
            _ if is_root(&path) => folder.to_owned(),
            "mod.rs" => folder.to_owned(),
            _ => format!("{folder}/{}", file.trim_end_matches(".rs")),
        };
        for (name, under_test, at) in source.modules() {
            let beside = at.map(|at| format!("{folder}/{at}"));
            let places = [beside, Some(format!("{own}/{name}.rs")), Some(format!("{own}/{name}/mod.rs"))];
            let found = places.into_iter().flatten().filter(|place| all.contains_key(place));
            next.extend(found.map(|place| (place, test || under_test)));
        }
    }
    reached
}

/// Rust files that no `mod` leads to.
pub(crate) fn dead(all: &BTreeMap<String, Source>) -> Vec<String> {
    let reached: BTreeSet<String> = reach(all).into_keys().collect();
    let lost = all.keys().filter(|path| !reached.contains(*path));
    lost.map(|path| format!("{path}:1: no `mod` leads to this file")).collect()
}

/// Words of a workplace, of a tracker or of a tool. Written in two parts so that this file does not hold them.
fn foreign() -> Vec<String> {
    let parts = [
        ("issue", " #"),
        ("issues", "/"),
        ("pull ", "request #"),
        ("/pu", "ll/"),
        ("fixes", " #"),
        ("closes", " #"),
        ("/wo", "rk/"),
        ("sha", "red/"),
        ("cla", "ude"),
        ("anthro", "pic"),
        ("cop", "ilot"),
        ("chat", "gpt"),
        ("sub", "agent"),
        ("helper ", "session"),
        ("co-authored", "-by"),
        ("crates", ".io"),
        ("static.", "crates"),
        ("npm", "js."),
        ("py", "pi.org"),
        ("proxy.", "golang"),
        ("des", "ign.md"),
        ("domain", ".md"),
        ("standards", ".md"),
        ("devices", ".md"),
        ("style", ".md"),
        ("[che", "ck]"),
    ];
    parts.iter().map(|(first, second)| format!("{first}{second}")).collect()
}

/// Lines that hold such a word.
fn lines_with_foreign(path: &str, text: &str) -> Vec<String> {
    let words = foreign();
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        let here = words.iter().filter(|word| lower.contains(word.as_str()));
        found.extend(here.map(|word| format!("{path}:{}: {word:?} is no word of this project", at + 1)));
    }
    found
}

/// Every line of the project that holds such a word.
pub(crate) fn foreign_words(root: &Path) -> Vec<String> {
    // Cargo writes its lock file itself, with the address of the registry in it; it is no text of the project.
    texts(root).iter().flat_map(|(path, text)| lines_with_foreign(path, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, Source> {
        files.iter().map(|(path, text)| ((*path).to_owned(), Source::new(path, text))).collect()
    }

    #[test]
    fn a_file_without_a_mod_is_dead_and_one_with_is_not() {
        let all = tree(&[
            ("a/src/lib.rs", "mod b;\npub(crate) mod c;\n// mod e;\n"),
            ("a/src/b.rs", "#[cfg(test)]\n#[path = \"b_cases.rs\"]\nmod cases;\nmod d;\n"),
            ("a/src/b/d.rs", ""),
            ("a/src/b_cases.rs", ""),
            ("a/src/c/mod.rs", ""),
            ("a/src/e.rs", ""),
            ("a/tests/f.rs", ""),
        ]);
        assert_eq!(dead(&all), ["a/src/e.rs:1: no `mod` leads to this file"]);
        assert_eq!(reach(&all).get("a/src/b_cases.rs"), Some(&true), "only tests reach it");
        assert_eq!(reach(&all).get("a/src/b/d.rs"), Some(&false));
    }

    #[test]
    fn foreign_words_are_seen() {
        for word in foreign() {
            assert_eq!(lines_with_foreign("a.rs", &format!("// x\n// see {word}12\n")).len(), 1, "{word}");
        }
        assert_eq!(lines_with_foreign("a.rs", "// a session of an operator\n"), Vec::<String>::new());
    }
}
