// corpus: logged
// event: java.lang.IllegalStateException: no weights
import java.io.PrintWriter;
import java.io.StringWriter;

public final class LineLogged {
    static void log(String level, String text, Throwable error) {
        StringWriter trace = new StringWriter();
        if (error != null) {
            error.printStackTrace(new PrintWriter(trace, true));
        }
        Marks.say(("2030-01-01 12:00:00.250 [main] " + level + " app.Trainer - " + text + "\n" + trace).stripTrailing());
    }

    public static void main(String[] args) {
        log("INFO ", "round 1 of 2", null);
        Marks.begin();
        log("ERROR", "round 1 failed", new IllegalStateException("no weights", new RuntimeException("inner")));
        Marks.end();
        log("INFO ", "round 2 of 2", null);
    }
}
