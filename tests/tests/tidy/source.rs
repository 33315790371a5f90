//! One Rust file as the rules see it: its text, its code with comments and literals blanked, and which lines are tests.
//!
//! Owns: a lexer just good enough for that. Refuses: to be a parser: rules look at words and braces. Holds no state.

/// A file of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// From the workspace's folder, with `/`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// The same lines with comments and the insides of literals blanked.
    pub(crate) code: Vec<String>,
    /// Whether each line is test code.
    pub(crate) test: Vec<bool>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code: Vec<String> = blank(text).lines().map(str::to_owned).collect();
        let all = is_test_path(path);
        let mut test = vec![all; code.len()];
        mark_tests(&code, &mut test);
        Self { path: path.to_owned(), text: text.to_owned(), code, test }
    }

    /// Makes all of it test code: the module was declared under `#[cfg(test)]`.
    pub(crate) fn make_test(&mut self) {
        self.test.fill(true);
    }

    /// First folder of the path: the crate's.
    pub(crate) fn krate(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Numbered lines of code, from 1, that are (not) test code.
    pub(crate) fn lines(&self, test: bool) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().zip(&self.test).enumerate();
        lines.filter(move |(_, (_, is))| **is == test).map(|(at, (line, _))| (at + 1, line.as_str()))
    }

    /// Module declarations with a file of their own: name, whether under `#[cfg(test)]`, and a `#[path]` if told.
    pub(crate) fn modules(&self) -> Vec<(String, bool, Option<String>)> {
        let raw: Vec<&str> = self.text.lines().collect();
        let mut found = Vec::new();
        for (at, line) in self.code.iter().enumerate() {
            let mut rest = line.trim();
            if let Some(after) = rest.strip_prefix("pub") {
                rest = after.trim_start();
                rest = rest
                    .strip_prefix('(')
                    .and_then(|r| r.split_once(')'))
                    .map_or(rest, |(_, r)| r)
                    .trim_start();
            }
            let Some(name) = rest.strip_prefix("mod ").and_then(|r| r.strip_suffix(';')) else { continue };
            let above = (0..at).rev().take_while(|&above| raw[above].trim().starts_with("#["));
            let path = above.filter_map(|above| raw[above].trim().strip_prefix("#[path = \"")).next();
            let path = path.and_then(|path| path.strip_suffix("\"]")).map(str::to_owned);
            found.push((name.trim().to_owned(), self.test[at], path));
        }
        found
    }
}

/// Whether a path is test code as a whole.
fn is_test_path(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let folder = path.split('/').any(|part| matches!(part, "tests" | "benches"));
    folder || file == "tests.rs" || file.ends_with("_tests.rs")
}

/// Marks each item under `#[cfg(test)]`: to its semicolon or its closing brace, whichever ends it.
fn mark_tests(code: &[String], test: &mut [bool]) {
    let mut at = 0;
    while at < code.len() {
        if !code[at].trim_start().starts_with("#[cfg(test)]") {
            at += 1;
            continue;
        }
        let end = item_end(code, at, 0);
        test[at..=end].fill(true);
        at = end + 1;
    }
}

/// Last line of the item that starts at this line and byte; attributes may stand before it.
pub(crate) fn item_end(code: &[String], start: usize, byte: usize) -> usize {
    let (mut braces, mut others) = (0_i32, 0_i32);
    for (at, line) in code.iter().enumerate().skip(start) {
        let from = if at == start { byte } else { 0 };
        for c in line.chars().skip(line[..from].chars().count()) {
            match c {
                '(' | '[' => others += 1,
                ')' | ']' => others -= 1,
                '{' => braces += 1,
                '}' => {
                    braces -= 1;
                    // Below nothing: a field or statement under the attribute ended with what it stands in.
                    if braces < 0 || braces == 0 && others == 0 {
                        return at;
                    }
                }
                ';' if braces == 0 && others == 0 => return at,
                _ => {}
            }
        }
    }
    code.len().saturating_sub(1)
}

/// Whether `word` stands in the line with no letter, digit or `_` touching its ends (where it has such an end itself).
pub(crate) fn has(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_word);
        let after = line[at + word.len()..].chars().next().is_some_and(is_word);
        let starts = word.chars().next().is_some_and(is_word);
        let ends = word.chars().next_back().is_some_and(is_word);
        !(starts && before || ends && after)
    })
}

/// The text with comments and the insides of literals replaced by spaces; every newline stays.
pub(crate) fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skip(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// End of the comment or literal that starts here; `at` when none does.
fn skip(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len()),
        '/' if next == Some('*') => skip_block(chars, at),
        '"' => skip_string(chars, at),
        'r' if !is_inside_word(chars, at) => skip_raw(chars, at),
        '\'' => skip_char(chars, at),
        _ => at,
    }
}

/// Whether this letter continues a word; the prefixes `b` and `c` of a literal are none.
fn is_inside_word(chars: &[char], at: usize) -> bool {
    let word = |i: usize| chars.get(i).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let Some(before) = at.checked_sub(1) else { return false };
    if !word(before) {
        return false;
    }
    let prefix = matches!(chars[before], 'b' | 'c') && before.checked_sub(1).is_none_or(|i| !word(i));
    !prefix
}

fn skip_block(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn skip_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn skip_raw(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let mut at = open + 1;
    while at < chars.len() {
        let closes =
            chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    chars.len()
}

/// A character literal, but not a lifetime.
fn skip_char(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), Some(_)) => {
            let close = (start + 3..chars.len().min(start + 14)).find(|&i| chars[i] == '\'');
            close.map_or(start, |i| i + 1)
        }
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let text = "let a = \"panic!\\\" {\"; // unwrap()\nlet b = r#\"} \" \"#; /* { /* } */ */ 'x'; '\\''; fn f<'a>() {}\n";
        let blanked = blank(text);
        assert_eq!(blanked.lines().count(), 2);
        assert!(!blanked.contains("panic") && !blanked.contains("unwrap") && !blanked.contains('x'));
        assert!(blanked.contains("fn f<'a>() {}"), "{blanked}");
        assert!(blank("writer\"x\"").starts_with("writer"), "a word that ends in r is no raw literal");
    }

    #[test]
    fn items_under_cfg_test_are_tests_and_what_follows_is_not() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { [1; 2]; }\n}\n#[cfg(test)]\nmod bench;\nfn c() {}\n";
        let source = Source::new("station/src/x.rs", text);
        assert_eq!(source.test, [false, true, true, true, true, true, true, false]);
        assert_eq!(source.modules(), [("bench".to_owned(), true, None)]);
    }

    #[test]
    fn words_have_ends() {
        assert!(has("let x: f64 = 1;", "f64") && !has("as_f64()", "f64"));
        assert!(has("x.unwrap()", ".unwrap()") && !has("x.unwrap_or(1)", ".unwrap()"));
    }
}
