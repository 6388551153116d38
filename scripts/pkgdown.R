# Rscript scripts/pkgdown.R <package> <destination>
# The R site; a warning is an error.

args <- commandArgs(TRUE)
options(pkgdown.internet = FALSE, warn = 1)
# Links to other packages' sites would be looked up on CRAN, and fail the build without a network.
utils::assignInNamespace("CRAN_urls", function() data.frame(Package = "", URL = ""), "downlit")

warnings <- character()
withCallingHandlers(
  {
    pkg <- pkgdown::as_pkgdown(args[[1]], override = list(destination = args[[2]]))
    pkgdown::check_pkgdown(pkg)
    pkgdown::init_site(pkg)
    pkgdown::build_home(pkg, preview = FALSE)
    pkgdown::build_reference(pkg, lazy = FALSE, run_dont_run = FALSE, preview = FALSE)
    pkgdown::build_articles(pkg, lazy = FALSE, preview = FALSE)
    pkgdown::build_news(pkg, preview = FALSE)
    pkgdown::build_search(pkg)
  },
  warning = function(w) warnings <<- c(warnings, conditionMessage(w))
)
# Examples for a session with a user, or for a package that is not everywhere, need not run here.
left_out <- "^@examplesIf condition .*(interactive\\(\\)|requireNamespace\\()"
warnings <- warnings[!grepl(left_out, warnings)]
if (length(warnings) > 0) {
  message("Warnings:\n", paste0("- ", unique(warnings), collapse = "\n"))
  quit(status = 1)
}
