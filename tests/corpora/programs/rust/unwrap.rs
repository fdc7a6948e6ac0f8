// corpus: uncaught
// event: called `Result::unwrap()` on an `Err` value
fn main() {
    eprintln!("-- begin");
    let rate: i32 = "fast".parse().unwrap();
    eprintln!("{rate}");
}
