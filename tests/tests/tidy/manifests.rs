//! The manifests: which crate of the workspace may depend on which, and what the pure core may depend on at all.
//!
//! Owns: the arrows. Refuses: versions anywhere but in the workspace's manifest. Holds no state.

use std::path::Path;
use toml::{Table, Value};

/// What one crate may depend on.
struct Arrows {
    krate: &'static str,
    /// Crates of the workspace, in the product.
    product: &'static [&'static str],
    /// Crates of the workspace, in tests besides.
    tests: &'static [&'static str],
    /// All that it may depend on from outside; `None`: anything the workspace lists.
    outside: Option<&'static [&'static str]>,
}

/// Nothing in the product imports `sim`, its tests included: what needs both is a test of its own crate.
const ARROWS: [Arrows; 7] = [
    Arrows { krate: "station", product: &[], tests: &[], outside: Some(&["serde", "thiserror"]) },
    Arrows { krate: "drivers", product: &["station"], tests: &[], outside: None },
    Arrows { krate: "config", product: &["station"], tests: &[], outside: None },
    Arrows { krate: "controller", product: &["station", "drivers", "config"], tests: &[], outside: None },
    Arrows { krate: "tui", product: &["station", "config"], tests: &[], outside: None },
    Arrows {
        krate: "sim",
        product: &["station", "drivers", "config", "controller", "tui"],
        tests: &[],
        outside: None,
    },
    Arrows {
        krate: "tests",
        product: &[],
        tests: &["station", "drivers", "config", "controller", "tui", "sim"],
        outside: None,
    },
];

/// Every manifest's findings.
pub(crate) fn findings(root: &Path) -> Vec<String> {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap().parse::<Table>().unwrap();
    let workspace = read(&root.join("Cargo.toml"));
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let mut all = Vec::new();
    for member in members.iter().filter_map(Value::as_str) {
        let manifest = read(&root.join(member).join("Cargo.toml"));
        match ARROWS.iter().find(|arrows| arrows.krate == member) {
            Some(arrows) => all.extend(check(arrows, &manifest)),
            None => all.push(format!("{member}/Cargo.toml: this crate has no arrows here yet")),
        }
    }
    all
}

fn check(arrows: &Arrows, manifest: &Table) -> Vec<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        tables.extend(targets.values().filter_map(Value::as_table));
    }
    let mut all = Vec::new();
    for table in tables {
        for (kind, test) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            let Some(dependencies) = table.get(kind).and_then(Value::as_table) else { continue };
            for (name, value) in dependencies {
                let found = check_one(arrows, name, value, test);
                all.extend(found.map(|what| format!("{}/Cargo.toml: [{kind}] {name}: {what}", arrows.krate)));
            }
        }
    }
    all
}

fn check_one(arrows: &Arrows, name: &str, value: &Value, test: bool) -> Option<String> {
    let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
    if !inherited {
        return Some("versions live in the workspace's manifest".to_owned());
    }
    let ours = ARROWS.iter().any(|arrows| arrows.krate == name);
    let allowed = arrows.product.contains(&name) || test && arrows.tests.contains(&name);
    if ours && !allowed {
        return Some(format!("{} does not know {name}", arrows.krate));
    }
    let pure = arrows.outside.is_none_or(|outside| outside.contains(&name));
    (!ours && !test && !pure)
        .then(|| format!("{} is pure: {:?} and nothing else", arrows.krate, arrows.outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(krate: &str, manifest: &str) -> Vec<String> {
        let arrows = ARROWS.iter().find(|arrows| arrows.krate == krate).unwrap();
        check(arrows, &manifest.parse().unwrap())
    }

    #[test]
    fn a_wrong_arrow_is_seen_and_a_right_one_is_not() {
        assert_eq!(
            of("controller", "[dependencies]\nstation.workspace = true\ntokio.workspace = true\n"),
            [""; 0]
        );
        assert_eq!(of("station", "[dev-dependencies]\nproptest.workspace = true\n"), [""; 0]);
        for (krate, manifest) in [
            ("station", "[dependencies]\ntokio.workspace = true\n"),
            ("station", "[dev-dependencies]\ndrivers.workspace = true\n"),
            ("config", "[dependencies]\ndrivers.workspace = true\n"),
            ("controller", "[dev-dependencies]\nsim.workspace = true\n"),
            ("tui", "[target.'cfg(unix)'.dependencies]\ncontroller.workspace = true\n"),
            ("sim", "[dependencies]\nserde = \"1\"\n"),
        ] {
            assert_eq!(of(krate, manifest).len(), 1, "{krate}: {manifest}");
        }
    }
}
