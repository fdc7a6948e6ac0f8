// corpus: chained
// event: java.lang.RuntimeException: round failed
public final class Caused {
    static void load(String name) throws java.io.IOException {
        throw new java.io.FileNotFoundException(name);
    }

    static void open(String name) {
        try {
            load(name);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException("no settings", e);
        }
    }

    public static void main(String[] args) {
        Marks.begin();
        try {
            open("job.json");
        } catch (IllegalArgumentException e) {
            new RuntimeException("round failed", e).printStackTrace();
        }
        Marks.end();
        Marks.say("going on");
    }
}
