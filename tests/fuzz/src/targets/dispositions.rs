//! Disposition trees, as an administrator publishes them.

use crate::script::Script;
use ringdesk_conversations::{DispositionNode, DispositionTree};

/// The first line is a path, the rest the tree.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let path = String::from_utf8_lossy(script.line()).into_owned();
    let Ok(tree) = serde_json::from_slice::<DispositionTree>(script.rest()) else { return };
    let written = serde_json::to_vec(&tree).expect("a tree is data");
    assert_eq!(serde_json::from_slice::<DispositionTree>(&written).ok().as_ref(), Some(&tree));
    let _ = tree.find(&path);
    if tree.check().is_ok() {
        let mut paths = Vec::new();
        walk(&tree.0, "", 1, &mut paths);
        assert!(paths.len() <= 1_000);
        for (path, node) in paths {
            assert_eq!(tree.find(&path), Some(node), "each entry is found under its own path, and no other");
        }
    }
}

fn walk<'a>(nodes: &'a [DispositionNode], above: &str, level: usize, paths: &mut Vec<(String, &'a DispositionNode)>) {
    assert!(level <= 3 || nodes.is_empty());
    for node in nodes {
        let path = if above.is_empty() { node.key.clone() } else { format!("{above}/{}", node.key) };
        walk(&node.children, &path, level + 1, paths);
        paths.push((path, node));
    }
}
