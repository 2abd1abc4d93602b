use super::*;
use crate::models::Catalogue;
use std::fs;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const SUM: &str = "c486fb9f14a28b1c1dc252741a431646cc573450c900b9d9c406e10294aa01e6";
const NAME: &str = "for-tests-ggml-tiny.bin";
const BYTES: u64 = 575_451;

fn stub() -> Vec<u8> {
    fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/for-tests-ggml-tiny.bin")).unwrap()
}

/// What a mirror says to a request; then it closes. `None`: it says nothing more, and stays.
type Says = fn(&str) -> Option<Vec<u8>>;

/// A mirror, and the requests it got.
async fn mirror(says: Says) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/models", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut piece = [0; 1_024];
                let length = stream.read(&mut piece).await.unwrap();
                assert!(length > 0);
                request.extend_from_slice(&piece[..length]);
            }
            let request = String::from_utf8(request).unwrap().to_lowercase();
            log.lock().unwrap().push(request.clone());
            match says(&request) {
                // Who has enough does not read on.
                Some(answer) => _ = stream.write_all(&answer).await,
                None => kept.push(stream),
            }
        }
    });
    (address, seen)
}

/// The file, from the byte that is asked for.
fn good(request: &str) -> Option<Vec<u8>> {
    let stub = stub();
    let range = request.lines().find_map(|l| l.strip_prefix("range: bytes="));
    let from: usize = range.and_then(|r| r.strip_suffix('-')).map_or(0, |n| n.parse().unwrap());
    let head = match range {
        None => "200 OK\r\n".to_owned(),
        Some(_) if from >= stub.len() => return Some(ended(stub.len())),
        Some(_) => format!("206 Partial\r\ncontent-range: bytes {from}-{}/{}\r\n", stub.len() - 1, stub.len()),
    };
    let mut answer = format!("HTTP/1.1 {head}content-length: {}\r\n\r\n", stub.len() - from).into_bytes();
    answer.extend_from_slice(&stub[from..]);
    Some(answer)
}

fn ended(length: usize) -> Vec<u8> {
    format!("HTTP/1.1 416 No\r\ncontent-range: bytes */{length}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// The line breaks after 200,000 bytes.
fn breaks(request: &str) -> Option<Vec<u8>> {
    good(request).map(|mut answer| {
        answer.truncate(200_000);
        answer
    })
}

struct Place {
    _dir: tempfile::TempDir,
    shelf: Shelf,
    entry: Entry,
    told: Vec<String>,
}

impl Place {
    fn new(bytes: Option<u64>) -> Place {
        let dir = tempfile::tempdir().unwrap();
        let entry = Entry { name: "stub".into(), file: NAME.into(), bytes, sha256: SUM.into() };
        let catalogue = Catalogue::new(std::slice::from_ref(&entry)).unwrap();
        Place { shelf: Shelf::new(dir.path().join("models"), catalogue), entry, _dir: dir, told: Vec::new() }
    }

    fn part(&self) -> PathBuf {
        self.shelf.folder().join(format!("{NAME}.part"))
    }

    fn begin(&self, part: &[u8]) {
        fs::create_dir_all(self.shelf.folder()).unwrap();
        fs::write(self.part(), part).unwrap();
    }

    async fn pull(&mut self, sources: &[&str]) -> Result<Pulled, ModelFault> {
        let sources: Vec<Source> = sources.iter().map(|s| Source::new(s)).collect();
        let told = &mut self.told;
        let mut tell = |step: Step<'_>| {
            told.push(match step {
                Step::Trying(_, from) => format!("trying from {from}"),
                Step::Failed(_, why) => why.to_owned(),
            });
        };
        within(&self.shelf, &self.entry, &sources, &mut tell, Duration::from_millis(300)).await
    }

    /// Nothing stands where the model should, and the attempt said why.
    async fn refused(&mut self, sources: &[&str], why: &str) {
        let fault = self.pull(sources).await.unwrap_err();
        assert!(fault.to_string().contains(why), "{why}: {fault}");
        assert!(!self.shelf.path(&self.entry).exists());
    }
}

#[tokio::test]
async fn it_comes_once_and_is_what_it_should_be() {
    let (good, seen) = mirror(good).await;
    for bytes in [Some(BYTES), None] {
        let mut place = Place::new(bytes);
        let pulled = place.pull(&[&good]).await.unwrap();
        assert_eq!((pulled.already, pulled.resumed), (false, 0));
        assert_eq!(fs::read(&pulled.file).unwrap(), stub());
        assert!(!place.part().exists(), "the name changes in one step");
        assert!(place.pull(&[&good]).await.unwrap().already);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].starts_with(&format!("get /models/{NAME} http/1.1\r\n")), "{}", seen[0]);
}

#[tokio::test]
async fn what_broke_off_goes_on_where_it_was_on_any_mirror() {
    let ((good, seen), (breaks, _)) = (mirror(good).await, mirror(breaks).await);
    let mut place = Place::new(Some(BYTES));
    let pulled = place.pull(&[&breaks, &good]).await.unwrap();
    assert_eq!(pulled.resumed, 0, "{:?}", place.told);
    let (from, came) = (place.told[2].clone(), seen.lock().unwrap()[0].clone());
    let byte: u64 = from.strip_prefix("trying from ").unwrap().parse().unwrap();
    assert!((100_000..200_000).contains(&byte), "{:?}", place.told);
    assert!(came.contains(&format!("range: bytes={byte}-")), "{came}");
    // In another run of the program; and when all is there but the name.
    for (kept, bytes) in [(1_000, None), (stub().len(), None), (stub().len(), Some(BYTES))] {
        let mut place = Place::new(bytes);
        place.begin(&stub()[..kept]);
        assert_eq!(place.pull(&[&good]).await.unwrap().resumed, kept as u64);
        assert_eq!(place.shelf.verify(&place.entry).unwrap(), SUM);
    }
}

#[tokio::test]
async fn a_part_of_something_else_is_thrown_away() {
    let (good, _) = mirror(good).await;
    // The rest of the right file behind it; then the whole.
    let mut place = Place::new(Some(BYTES));
    place.begin(&[7; 5_000]);
    assert!(place.pull(&[&good]).await.is_ok());
    assert!(place.told[1].contains("something else") && place.told[2] == "trying from 0", "{:?}", place.told);
    // Longer than the file can be.
    let mut place = Place::new(Some(BYTES));
    place.begin(&vec![7; 600_000]);
    assert!(place.pull(&[&good]).await.is_ok());
    let mut place = Place::new(None);
    place.begin(&vec![7; 600_000]);
    assert!(place.pull(&[&good]).await.is_ok());
}

/// A mirror that lies, is missing, silent, endless or goes in circles is passed by, and is named.
#[tokio::test]
async fn mirrors_that_are_of_no_use_are_named() {
    let bad: [(Says, &str); 8] = [
        (|_| Some(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into()), "status 404"),
        (|_| Some(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<!DOCTYPE html>".into()), "it broke off after 15"),
        (
            |_| {
                let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {BYTES}\r\n\r\n").into_bytes();
                answer.extend(vec![1; BYTES as usize]);
                Some(answer)
            },
            "something else (sha256",
        ),
        (
            |_| {
                let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n".to_vec();
                answer.extend(vec![1; 700_000]);
                Some(answer)
            },
            "more than the model has",
        ),
        (|_| None, "no answer within"),
        (|_| Some(b"SSH-2.0-x\r\n".into()), "not reachable"),
        (|_| Some(b"HTTP/1.1 302 Found\r\nlocation: /models/again\r\ncontent-length: 0\r\n\r\n".into()), "circle"),
        (|_| Some(b"HTTP/1.1 302 Found\r\nlocation: file:///etc\r\ncontent-length: 0\r\n\r\n".into()), "sends us to"),
    ];
    let (good, _) = mirror(good).await;
    for (says, why) in bad {
        let (bad, _) = mirror(says).await;
        let mut place = Place::new(Some(BYTES));
        place.refused(&[&bad], why).await;
        let pulled = place.pull(&[&bad, &good]).await.unwrap();
        assert_eq!(place.shelf.verify(&place.entry).unwrap(), SUM, "{why}: {pulled:?}");
    }
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = format!("http://{free}");
    let mut place = Place::new(None);
    place.refused(&[&nobody, "https://[::1]:1/{file}"], "not reachable").await;
    assert!(place.pull(&[&nobody, &good]).await.is_ok());
    Place::new(None).refused(&[], "no mirror is configured").await;
}

#[tokio::test]
async fn redirections_are_followed() {
    let (first, seen) = mirror(|request| match request.starts_with("get /else/where?x=1 ") {
        true => good(request),
        false => Some(b"HTTP/1.1 302 Found\r\nlocation: /else/where?x=1\r\ncontent-length: 0\r\n\r\n".into()),
    })
    .await;
    assert!(Place::new(None).pull(&[&first]).await.is_ok());
    assert_eq!(seen.lock().unwrap().len(), 2);
    for (from, place, to) in [
        ("https://a/b", "//c/d", Some("https://c/d")),
        ("http://a:1/b/c", "/d", Some("http://a:1/d")),
        ("http://a/b", "https://c/d", Some("https://c/d")),
        ("https://a/b", "http://c/d", None),
        ("https://a/b", "d", None),
    ] {
        assert_eq!(moved_to(from, place).ok().as_deref(), to, "{from} {place}");
    }
}

#[tokio::test]
async fn from_a_stick_or_a_share() {
    let dir = tempfile::tempdir().unwrap();
    let mut place = Place::new(Some(BYTES));
    place.refused(&[dir.path().to_str().unwrap()], "No such file").await;
    fs::write(dir.path().join(NAME), &stub()[1..]).unwrap();
    place.refused(&[dir.path().to_str().unwrap()], "broke off").await;
    fs::write(dir.path().join(NAME), stub()).unwrap();
    assert!(!place.pull(&[dir.path().to_str().unwrap()]).await.unwrap().already);
    let mut place = Place::new(None);
    assert!(place.pull(&[dir.path().join(NAME).to_str().unwrap()]).await.is_ok());
}

#[tokio::test]
async fn a_full_disk_ends_it_and_a_second_one_waits_for_nobody() {
    let ((good, seen), mut place) = (mirror(good).await, Place::new(Some(BYTES)));
    fs::create_dir_all(place.shelf.folder()).unwrap();
    // A file on which there is no room, ever.
    std::os::unix::fs::symlink("/dev/full", place.part()).unwrap();
    place.refused(&[&good, &good], "no room on the disk").await;
    assert_eq!(seen.lock().unwrap().len(), 1, "another mirror has no more room");
    fs::remove_file(place.part()).unwrap();
    place.begin(b"");
    let other = File::open(place.part()).unwrap();
    other.lock().unwrap();
    place.refused(&[&good], "somebody else is pulling").await;
    drop(other);
    assert!(place.pull(&[&good]).await.is_ok());
}
