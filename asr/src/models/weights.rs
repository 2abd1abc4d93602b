//! What a file of weights for whisper.cpp is made of, read before whisper.cpp reads it: that one believes what it reads,
//! and a file that breaks off half way can take its process down.
//!
//! Little endian: a magic number, eleven sizes, the mel filters, the vocabulary, then one tensor after the other until the
//! file ends.

use super::ModelFault;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

const MAGIC: u32 = 0x6767_6d6c;
/// Of sizes in the head; the largest published model has a third of it.
const MOST_STATE: u32 = 4_096;
const MOST_LAYERS: u32 = 128;
const MOST_CONTEXT: u32 = 16_384;
const MOST_VOCABULARY: u32 = 262_144;
const MOST_WORD: u32 = 4_096;
const MOST_FILTERS: u32 = 65_536;
/// From this many words on the vocabulary has other languages than English.
const MULTILINGUAL: u32 = 51_865;
/// Tensors that every model has once, of an encoder's layer, of a decoder's.
const TENSORS: (u32, u32, u32) = (11, 15, 24);

/// What kind of model a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Layers of its encoder: 4 is `tiny`, 6 `base`, 12 `small`, 24 `medium`, 32 `large`.
    pub layers: u32,
    pub multilingual: bool,
    /// A head and a vocabulary without a single weight: for tests of whoever loads it.
    pub empty: bool,
}

/// Read its structure from one end to the other; the weights themselves are passed over.
pub fn inspect(file: &Path) -> Result<Weights, ModelFault> {
    let open = File::open(file).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => ModelFault::Missing(file.into()),
        _ => ModelFault::unreadable(file, &e),
    })?;
    let length = open.metadata().map_err(|e| ModelFault::unreadable(file, &e))?.len();
    let mut walk = Walk { from: BufReader::new(open), at: 0, length };
    walk.whole().map_err(|fault| match fault {
        Fault::Io(e) => ModelFault::unreadable(file, &e),
        Fault::Magic(found) => ModelFault::NoModel { file: file.into(), found },
        Fault::Short { needs } => ModelFault::Truncated { file: file.into(), length, needs },
        Fault::Odd(what) => ModelFault::Damaged { file: file.into(), what },
    })
}

enum Fault {
    Io(io::Error),
    Magic(u32),
    /// So many bytes would have to be there.
    Short {
        needs: u64,
    },
    Odd(&'static str),
}

struct Walk {
    from: BufReader<File>,
    at: u64,
    length: u64,
}

impl Walk {
    fn whole(&mut self) -> Result<Weights, Fault> {
        let magic = self.number()?;
        if magic != MAGIC {
            return Err(Fault::Magic(magic));
        }
        let mut head = [0; 11];
        for place in &mut head {
            *place = self.number()?;
        }
        let [vocabulary, audio, state, heads, layers, text, text_state, text_heads, text_layers, mels, kind] = head;
        let within = |n: u32, most: u32| (1..=most).contains(&n);
        if !(within(vocabulary, MOST_VOCABULARY)
            && [audio, text].iter().all(|n| within(*n, MOST_CONTEXT))
            && [state, text_state].iter().all(|n| within(*n, MOST_STATE))
            && [heads, text_heads, layers, text_layers].iter().all(|n| within(*n, MOST_LAYERS))
            && within(mels, 1_024)
            // F32, F16, Q4_0, Q4_1, Q8_0 to Q6_K (`ggml_ftype`), and the version of that; any other ends the process.
            && (matches!(kind % 1_000, 0..=3 | 7..=14) && kind < 10_000)
            && state == text_state)
        {
            return Err(Fault::Odd("its sizes are those of no model"));
        }
        let (bands, width) = (self.number()?, self.number()?);
        let filters = bands.checked_mul(width).filter(|n| within(*n, MOST_FILTERS));
        self.skip(u64::from(filters.ok_or(Fault::Odd("its filters"))?) * 4)?;
        let words = self.number()?;
        if words > MOST_VOCABULARY {
            return Err(Fault::Odd("its vocabulary"));
        }
        for _ in 0..words {
            let length = self.number()?;
            if length > MOST_WORD {
                return Err(Fault::Odd("a word of its vocabulary"));
            }
            self.skip(u64::from(length))?;
        }
        let mut tensors = 0;
        while self.at < self.length {
            self.tensor()?;
            tensors += 1;
        }
        let (once, encoder, decoder) = TENSORS;
        let wanted = once + encoder * layers + decoder * text_layers;
        if tensors != 0 && tensors != wanted {
            return Err(Fault::Odd("weights are missing from it"));
        }
        Ok(Weights { layers, multilingual: vocabulary >= MULTILINGUAL, empty: tensors == 0 })
    }

    fn tensor(&mut self) -> Result<(), Fault> {
        let (dimensions, name, kind) = (self.number()?, self.number()?, self.number()?);
        if !(1..=4).contains(&dimensions) || !(1..=128).contains(&name) {
            return Err(Fault::Odd("the head of a tensor"));
        }
        let mut elements = 1u64;
        for _ in 0..dimensions {
            let size = u64::from(self.number()?);
            elements = elements.checked_mul(size).filter(|n| (1..1 << 36).contains(n)).ok_or(Fault::Odd("a tensor"))?;
        }
        let (block, bytes) = block(kind).ok_or(Fault::Odd("weights in a form that nobody knows"))?;
        if !elements.is_multiple_of(block) {
            return Err(Fault::Odd("a tensor"));
        }
        self.skip(u64::from(name) + elements / block * bytes)
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.reach(4)?;
        self.from.read_exact(&mut bytes).map_err(Fault::Io)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reach(bytes)?;
        // What was reached lies within a file, and no file is longer than an offset can say.
        let bytes = i64::try_from(bytes).map_err(|_| Fault::Odd("a tensor"))?;
        self.from.seek_relative(bytes).map_err(Fault::Io)
    }

    /// The next bytes are in the file.
    fn reach(&mut self, bytes: u64) -> Result<(), Fault> {
        self.at = self.at.saturating_add(bytes);
        if self.at > self.length { Err(Fault::Short { needs: self.at }) } else { Ok(()) }
    }
}

/// How many weights of this kind (`ggml_type`) lie together, and in how many bytes.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),      // F32
        1 | 30 => (1, 2), // F16, BF16
        2 => (32, 18),    // Q4_0
        3 => (32, 20),    // Q4_1
        6 => (32, 22),    // Q5_0
        7 => (32, 24),    // Q5_1
        8 => (32, 34),    // Q8_0
        10 => (256, 84),  // Q2_K
        11 => (256, 110), // Q3_K
        12 => (256, 144), // Q4_K
        13 => (256, 176), // Q5_K
        14 => (256, 210), // Q6_K
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stub() -> Vec<u8> {
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/for-tests-ggml-tiny.bin")).unwrap()
    }

    fn look(bytes: &[u8]) -> Result<Weights, ModelFault> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ggml-x.bin");
        std::fs::write(&file, bytes).unwrap();
        inspect(&file)
    }

    /// A tensor of `kind` with these dimensions, its weights zero.
    fn tensor(kind: u32, dimensions: &[u32]) -> Vec<u8> {
        let (together, bytes) = block(kind).unwrap();
        let all: u64 = dimensions.iter().map(|n| u64::from(*n)).product();
        let mut tensor: Vec<u8> = [dimensions.len() as u32, 4, kind].iter().flat_map(|n| n.to_le_bytes()).collect();
        tensor.extend(dimensions.iter().flat_map(|n| n.to_le_bytes()));
        tensor.extend(b"name");
        tensor.extend(vec![0; (all / together * bytes) as usize]);
        tensor
    }

    #[test]
    fn a_whole_file_is_known_for_what_it_is() {
        let stub = stub();
        assert_eq!(look(&stub), Ok(Weights { layers: 4, multilingual: true, empty: true }));
        let mut whole = stub;
        for n in 0..167 {
            whole.extend(tensor([0, 1, 2, 8, 14][n % 5], &[256, 3]));
        }
        assert_eq!(look(&whole), Ok(Weights { layers: 4, multilingual: true, empty: false }));
        assert!(matches!(look(&whole[..whole.len() - 1]), Err(ModelFault::Truncated { .. })));
        // It breaks off between two tensors: no byte is missing, but weights are. The last one is F16.
        let fewer = &whole[..whole.len() - tensor(1, &[256, 3]).len()];
        assert!(matches!(look(fewer), Err(ModelFault::Damaged { .. })));
        whole.extend(tensor(1, &[1]));
        assert!(matches!(look(&whole), Err(ModelFault::Damaged { .. })));
    }

    /// Bad input of the issue: a corrupt model.
    #[test]
    fn what_breaks_off_or_is_something_else_is_said() {
        let stub = stub();
        assert!(matches!(inspect(Path::new("/no/such/model")), Err(ModelFault::Missing(_))));
        assert!(matches!(inspect(Path::new("/tmp")), Err(ModelFault::Unreadable { .. })));
        assert!(matches!(look(b"<!DOCTYPE html><html>"), Err(ModelFault::NoModel { .. })));
        for length in [0, 3, 4, 47, 48, 60, 50_000, stub.len() / 2, stub.len() - 1] {
            let said = look(&stub[..length]).unwrap_err();
            assert!(matches!(said, ModelFault::Truncated { .. }), "{length}: {said}");
        }
        let mut odd = stub.clone();
        odd[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(look(&odd), Err(ModelFault::Damaged { .. })));
        let mut odd = stub;
        odd[44..48].copy_from_slice(&999u32.to_le_bytes());
        assert!(matches!(look(&odd), Err(ModelFault::Damaged { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_survive(at in 0usize..575_000, bytes in proptest::collection::vec(any::<u8>(), 1..16)) {
            let mut file = stub();
            let end = (at + bytes.len()).min(file.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
            let _ = look(&file);
        }
    }
}
