from dialogue_world import World
def test_x(transactional_db, page, sign_in, live_server):
    w=World(preset="motivational")
    sign_in(w.manager)
    page.goto(f"/p/lakeside/studies/{w.study.slug}/schema/"); page.wait_for_timeout(500)
    page.screenshot(path="/tmp/b1.png", full_page=True)
    page.get_by_label("Name", exact=False).first.fill("Behaviour of the therapist"); page.wait_for_timeout(1500)
    page.screenshot(path="/tmp/b2.png")
    page.set_viewport_size({"width":390,"height":844}); page.screenshot(path="/tmp/b3.png", full_page=True)
    page.goto(f"/p/lakeside/studies/{w.study.slug}/settings/"); page.set_viewport_size({"width":1280,"height":844}); page.screenshot(path="/tmp/b4.png", full_page=True)
    page.goto(f"/p/lakeside/studies/new/?kind=dialogue&preset=psy-insight-en"); page.screenshot(path="/tmp/b5.png", full_page=True)
