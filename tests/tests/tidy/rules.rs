//! The rules that look at one Rust file, each with a sample that breaks it and one that keeps it.
//!
//! Owns: what is forbidden where, and the few named exceptions. Refuses: exceptions by comment: a rule is changed here,
//! where everybody sees it. Holds no state.

use crate::source::{Source, has, item_end};

/// Crates that ship.
pub(crate) const PRODUCT: [&str; 5] = ["station", "drivers", "config", "controller", "tui"];

/// Where a rule is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) line: usize,
    pub(crate) what: String,
}

fn finding(line: usize, what: impl Into<String>) -> Finding {
    Finding { line, what: what.into() }
}

/// One rule.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) check: fn(&Source) -> Vec<Finding>,
    /// Path and text that break it.
    pub(crate) bad: (&'static str, &'static str),
    /// Path and text that keep it, close to the line.
    pub(crate) good: (&'static str, &'static str),
}

pub(crate) const RULES: [Rule; 17] = [
    Rule {
        name: "header",
        check: header,
        bad: ("station/src/a.rs", "/// Not of the file.\nfn a() {}\n"),
        good: ("station/src/a.rs", "//! Owns a.\nfn a() {}\n"),
    },
    Rule {
        name: "clocks",
        check: clocks,
        bad: ("controller/src/a.rs", "fn a() { std::time::Instant::now(); }\n"),
        good: ("controller/src/clock.rs", "fn a() { rustix::time::clock_gettime(id); }\n"),
    },
    Rule {
        name: "random",
        check: random,
        bad: ("controller/src/a.rs", "fn a() { getrandom::fill(&mut b); }\n"),
        good: ("controller/src/privacy/entropy.rs", "fn a() { getrandom::fill(&mut b); }\n"),
    },
    Rule {
        name: "hash order",
        check: hash_order,
        bad: ("station/src/a.rs", "use std::collections::HashSet;\n"),
        good: ("station/src/a.rs", "use std::collections::BTreeSet; // no HashSet here\n"),
    },
    Rule {
        name: "floats",
        check: floats,
        bad: ("station/src/record/a.rs", "fn a() -> f64 { 0.5 }\n"),
        good: ("station/src/draw/a.rs", "fn a(x: f64) -> f64 { x.sqrt() * 0.5 }\n"),
    },
    Rule {
        name: "float functions",
        check: float_functions,
        bad: ("station/src/draw/a.rs", "fn a(x: f64) -> f64 { x.powi(2) }\n"),
        good: ("station/src/draw/a.rs", "fn a(x: f64) -> f64 { x * x }\n"),
    },
    Rule {
        name: "panics",
        check: panics,
        bad: ("tui/src/a.rs", "fn a() { b().unwrap(); }\n"),
        good: (
            "tui/src/a.rs",
            "fn a() { b().unwrap_or(1); }\n#[cfg(test)]\nmod tests { fn c() { b().unwrap(); } }\n",
        ),
    },
    Rule {
        name: "expect",
        check: expect,
        bad: ("config/src/a.rs", "fn a() {\n    // it is there\n    b().expect(\"\");\n}\n"),
        good: (
            "config/src/a.rs",
            "fn a() {\n    // invariant: b was filled above,\n    // by c.\n    let x = b()\n        .expect(\"\");\n}\n",
        ),
    },
    Rule {
        name: "ignored results",
        check: ignored,
        bad: ("drivers/src/a.rs", "fn a() { let _ = b(); }\n"),
        good: ("drivers/src/a.rs", "fn a() { let _guard = b(); }\n"),
    },
    Rule {
        name: "untyped errors",
        check: untyped_errors,
        bad: ("drivers/src/a.rs", "enum E { Other(String) }\n"),
        good: ("drivers/src/a.rs", "enum E { Device(String) }\n"),
    },
    Rule {
        name: "unsafe",
        check: unsafe_code,
        bad: ("controller/src/a.rs", "fn a() { unsafe { b() } }\n"),
        good: (
            "drivers/src/transport/a.rs",
            "fn a() {\n    // SAFETY: b has no conditions.\n    unsafe { b() }\n}\n",
        ),
    },
    Rule {
        name: "file length",
        check: file_length,
        bad: ("controller/src/main.rs", LONG),
        good: ("controller/src/a.rs", LONG),
    },
    Rule {
        name: "function length",
        check: function_length,
        bad: ("controller/src/a.rs", LONG),
        good: (
            "controller/src/a.rs",
            "macro_rules! m { () => { $(fn a() { $b })? } }\ntrait A { fn a(x: [u8; 2]); }\nfn b() {\n}\n",
        ),
    },
    Rule {
        name: "trait size",
        check: trait_size,
        bad: (
            "controller/src/a.rs",
            "trait A {\n fn a(); fn b(); fn c(); fn d();\n fn e(); fn f(); fn g(); fn h(); fn i();\n}\n",
        ),
        good: (
            "controller/src/a.rs",
            "trait A {\n fn a() { fn x() {} } fn b(); fn c(); fn d();\n fn e(); fn f(); fn g(); fn h();\n}\n",
        ),
    },
    Rule {
        name: "imports",
        check: imports,
        bad: ("drivers/src/a.rs", "use station::{device::Fault, procedure::limits};\n"),
        good: ("drivers/src/a.rs", "use station::device::Fault;\n"),
    },
    Rule {
        name: "sleeping tests",
        check: sleeping_tests,
        bad: ("tests/tests/a.rs", "fn a() { std::thread::sleep(x); }\n"),
        good: ("controller/src/a.rs", "fn a() { tokio::time::sleep(x); }\n"),
    },
    Rule {
        name: "skipped tests",
        check: skipped_tests,
        bad: ("tests/tests/a.rs", "#[test]\n#[ignore]\nfn a() {}\n"),
        good: (
            "tests/tests/a.rs",
            "#[test]\n#[ignore = \"tests/pi/typing_scanner.sh runs it: why\"]\nfn a() {}\n",
        ),
    },
];

/// A function of 84 lines.
const LONG: &str = "//! Long.\nfn a() {\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n}\n";

fn is_product(source: &Source) -> bool {
    PRODUCT.contains(&source.krate())
}

/// Lines of code, tests or not, in which any of these words stands.
fn words(source: &Source, test: bool, words: &[&str], why: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, line) in source.lines(test) {
        found.extend(
            words.iter().filter(|word| has(line, word)).map(|word| finding(number, format!("{word}: {why}"))),
        );
    }
    found
}

fn header(source: &Source) -> Vec<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    if first.starts_with("//! ") {
        Vec::new()
    } else {
        vec![finding(1, "the first line has to be the `//!` header")]
    }
}

/// Files that may read clocks: the one of the daemon, and the terminal's own.
const CLOCK_FILES: [&str; 2] = ["controller/src/clock.rs", "tui/src/terminal.rs"];

fn clocks(source: &Source) -> Vec<Finding> {
    if !is_product(source) || CLOCK_FILES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let reads = ["SystemTime", "Instant::now", "clock_gettime", "gettimeofday", ".elapsed()", "UNIX_EPOCH"];
    words(source, false, &reads, "only the clock's own file reads clocks; take the time as an argument")
}

/// Files that may ask the operating system for random bytes.
const RANDOM_FILES: [&str; 1] = ["controller/src/privacy/entropy.rs"];

fn random(source: &Source) -> Vec<Finding> {
    if !is_product(source) || RANDOM_FILES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let sources = ["getrandom", "OsRng", "thread_rng", "rand::", "fastrand", "RandomState"];
    words(
        source,
        false,
        &sources,
        "random comes from the operating system, in its one file, for keys, ids and nonces",
    )
}

fn hash_order(source: &Source) -> Vec<Finding> {
    if source.krate() != "station" {
        return Vec::new();
    }
    words(
        source,
        false,
        &["HashMap", "HashSet"],
        "the order of a hash differs from run to run; a replay must not",
    )
}

fn floats(source: &Source) -> Vec<Finding> {
    if source.krate() != "station" || source.path.starts_with("station/src/draw/") {
        return Vec::new();
    }
    words(source, false, &["f32", "f64"], "floats are only for station/src/draw")
}

fn float_functions(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("station/src/draw/") {
        return Vec::new();
    }
    let inexact = [
        ".powi(",
        ".powf(",
        ".mul_add(",
        ".sin(",
        ".cos(",
        ".tan(",
        ".atan2(",
        ".exp(",
        ".ln(",
        ".log10(",
        ".log2(",
        ".hypot(",
        ".cbrt(",
        "NAN",
        "libm",
    ];
    words(source, false, &inexact, "differs between machines; only + - * / and sqrt are the same everywhere")
}

fn panics(source: &Source) -> Vec<Finding> {
    if !is_product(source) {
        return Vec::new();
    }
    let macros = [".unwrap()", ".unwrap_err()", "panic!", "todo!", "unimplemented!", "unreachable!", "dbg!"];
    words(source, false, &macros, "product code answers with a typed error")
}

fn expect(source: &Source) -> Vec<Finding> {
    if !is_product(source) {
        return Vec::new();
    }
    let raw: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (number, _) in source.lines(false).filter(|(_, line)| has(line, ".expect(")) {
        // Up to the line on which the statement starts, then over the comment above it.
        let ends = |at: usize| {
            let code = source.code[at].trim();
            code.is_empty() || code.ends_with([';', '{', '}', ','])
        };
        let mut at = number - 1;
        while at > 0 && !ends(at - 1) {
            at -= 1;
        }
        let above = (0..at).rev().map(|at| raw[at].trim()).take_while(|line| line.starts_with("//"));
        if !above.into_iter().any(|line| line.starts_with("// invariant:")) {
            found.push(finding(number, "`expect` stands only directly under a comment `// invariant: ...`"));
        }
    }
    found
}

fn ignored(source: &Source) -> Vec<Finding> {
    if !is_product(source) {
        return Vec::new();
    }
    words(source, false, &["let _ =", "let _:"], "a result is handled or logged, never dropped")
}

fn untyped_errors(source: &Source) -> Vec<Finding> {
    words(source, false, &["Other(String)", "Box<dyn Error", "Box<dyn std::error::Error"], "errors are typed")
}

fn unsafe_code(source: &Source) -> Vec<Finding> {
    let why = "only a transport file and the simulator's keyboard may, under a comment `// SAFETY: ...`";
    let raw: Vec<&str> = source.text.lines().collect();
    let excused = |number: usize| {
        let above = (0..number - 1).rev().map(|at| raw[at].trim()).take_while(|line| line.starts_with("//"));
        (source.path.starts_with("drivers/src/transport/") || source.path == "sim/src/uinput.rs")
            && above.into_iter().any(|line| line.starts_with("// SAFETY:"))
    };
    let all = [false, true].into_iter().flat_map(|test| words(source, test, &["unsafe"], why));
    all.filter(|finding| !excused(finding.line)).collect()
}

fn file_length(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let main = is_product(source) && source.path.ends_with("/src/main.rs");
    let most = if main { 80 } else { 800 };
    if lines > most { vec![finding(lines, format!("{lines} lines, at most {most}"))] } else { Vec::new() }
}

/// Functions up to this many lines, from `fn` to the closing brace.
const MAX_FUNCTION: usize = 70;

fn function_length(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, line) in source.code.iter().enumerate().filter(|(_, line)| has(line, "fn ")) {
        // A `fn` in a type (`f: fn(u8)`) has no name and so no space after it.
        let byte = line.find("fn ").unwrap_or_default();
        let length = item_end(&source.code, at, byte) - at + 1;
        if length > MAX_FUNCTION {
            found.push(finding(at + 1, format!("a function of {length} lines, at most {MAX_FUNCTION}")));
        }
    }
    found
}

/// Traits up to this many methods.
const MAX_METHODS: usize = 8;

fn trait_size(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, _) in source.code.iter().enumerate().filter(|(_, line)| has(line, "trait ")) {
        let body = source.code[at..=item_end(&source.code, at, 0)].join("\n");
        let (mut depth, mut methods) = (0, 0);
        for (i, c) in body.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                'f' if depth == 1 && body[i..].starts_with("fn ") => {
                    methods += usize::from(body[..i].ends_with(|c: char| c.is_whitespace() || c == '{'));
                }
                _ => {}
            }
        }
        if methods > MAX_METHODS {
            found.push(finding(at + 1, format!("a trait of {methods} methods, at most {MAX_METHODS}")));
        }
    }
    found
}

fn imports(source: &Source) -> Vec<Finding> {
    let (refused, why): (&[&str], _) = match source.krate() {
        "drivers" => (&["procedure"], "drivers know devices and measures, never the procedure"),
        // Acts, phases, refusals and dispositions are words of the control API; what decides is not.
        "tui" => (
            &["draw", "replay", "command", "limits", "guard", "timers", "Event", "Command", "Procedure"],
            "the terminal speaks the control API and decides nothing",
        ),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for test in [false, true] {
        for (number, line) in source.lines(test).filter(|(_, line)| has(line, "station::")) {
            let words = refused.iter().filter(|word| has(line, word));
            found.extend(words.map(|word| finding(number, format!("station's {word}: {why}"))));
        }
    }
    found
}

fn sleeping_tests(source: &Source) -> Vec<Finding> {
    words(source, true, &["sleep("], "a test waits for what it needs, never for time")
}

fn skipped_tests(source: &Source) -> Vec<Finding> {
    let raw: Vec<&str> = source.text.lines().collect();
    let by_script = |number: usize| {
        let named = raw[number - 1]
            .trim()
            .strip_prefix("#[ignore = \"")
            .and_then(|why| why.split_once(".sh runs it: "));
        named.is_some_and(|(script, _)| tests::workspace_root().join(format!("{script}.sh")).is_file())
    };
    let why = "a test runs, or a script runs it where it can: `#[ignore = \"tests/a.sh runs it: ...\"]`, or it is not there";
    let all = words(source, true, &["#[ignore"], why);
    all.into_iter().filter(|finding| !by_script(finding.line)).collect()
}
