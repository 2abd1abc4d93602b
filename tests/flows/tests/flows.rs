//! Whole calls, one file per story.

mod flows {
    mod queue;
    mod scene;
}
